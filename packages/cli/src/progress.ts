import { printable } from "./console.ts";

/** How bars look. */
export const barLook = {
  barCompleteChar: "█",
  barIncompleteChar: "░",
  barsize: 24,
  clearOnComplete: true,
  hideCursor: true,
  stream: process.stderr,
} as const;

/** A bar on a terminal, nothing in a pipe. */
export interface Progress {
  step(name: string): void;
  /** How far the passes for one picture are, where it takes many. */
  passes(done: number, total: number): void;
  stop(): void;
}

const silent: Progress = { step: () => {}, passes: () => {}, stop: () => {} };

/** @param total number of steps; if there is only one, its passes are counted instead */
export async function startProgress(total: number): Promise<Progress> {
  if (!process.stderr.isTTY) return silent;
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} · {eta_formatted} left · {name}",
    ...barLook,
  });
  const single = total < 2;
  let [started, name] = [false, ""];
  const start = (steps: number) => {
    if (!started) bar.start(steps, 0, { name });
    started = true;
  };
  if (!single) start(total);
  return {
    step(next) {
      name = printable(next);
      if (!single) bar.increment({ name });
    },
    passes(done, count) {
      if (single) {
        start(count);
        bar.update(done, { name: "passes" });
        return;
      }
      bar.update({ name: `${name} ${done}/${count} passes` });
    },
    stop: () => bar.stop(),
  };
}
