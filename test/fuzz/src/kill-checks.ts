/** What is in the folders of commands that were killed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How far a killed run had come. */
export function stageOf(run: string, units: number): string {
  if (existsSync(join(run, "summary.json"))) return "after its summary";
  if (!existsSync(join(run, "plan.json"))) return "before its plan";
  const parts = join(run, "pictures");
  const done = existsSync(parts) ? readdirSync(parts).filter((name) => name.endsWith(".parquet")).length : 0;
  if (done === 0) return "before its first pictures";
  return done < units ? "among its pictures" : "before its summary";
}

/** @returns what is wrong with a run that was resumed to its end */
export function runFaults(run: string, reference: string): string[] {
  if (!existsSync(join(run, "summary.json"))) return ["no summary"];
  const faults: string[] = [];
  if (resultsOf(run) !== resultsOf(reference)) faults.push("another summary");
  for (const name of readdirSync(run, { recursive: true, encoding: "utf8" }))
    if (name === "run.lock" || name.endsWith(".tmp")) faults.push(`${name} was left`);
  return faults;
}

/** What does not depend on time. The pictures differ from each other, so one in another's place changes it. */
function resultsOf(run: string): string {
  const { times: _, plan: __, ...rest } = JSON.parse(readFileSync(join(run, "summary.json"), "utf8"));
  return JSON.stringify(rest) + readFileSync(join(run, "summary.csv"), "utf8");
}

/** Files by name, without the temporary ones that a killed command may leave. */
export function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith(".tmp")) : [];
}

/** @returns what is wrong with files, each of which must be whole */
export function fileFaults(folder: string, reference: string): string[] {
  return filesIn(folder).flatMap((name) => {
    const wanted = join(reference, name);
    if (!existsSync(wanted)) return [`${name} is not written by an undisturbed command`];
    return readFileSync(join(folder, name)).equals(readFileSync(wanted))
      ? []
      : [`${name} differs from what an undisturbed command writes`];
  });
}
