/** Lists, folders and parts that are damaged, made to do harm, or used twice. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import { parseAnnotation } from "../src/data/annotation-xml.ts";
import { openDataSet } from "../src/data/open.ts";
import { readResults } from "../src/randomization/results.ts";
import { openRunFolder, readPlan } from "../src/store/folder.ts";
import { lockRunFolder } from "../src/store/lock.ts";
import { writeColumns } from "../src/store/parquet.ts";
import { readValues, unitsDone, writeUnit } from "../src/store/parts.ts";
import { fakePlan } from "./fake-run.mjs";
import { newFolder as newPath } from "./folders.ts";

/** Of a run; it is there. */
function newFolder(): string {
  const path = newPath();
  mkdirSync(path, { recursive: true });
  return path;
}

const classes = { labels: undefined, classes: 10 };

describe("lists that name files outside of their folder", () => {
  const lists = {
    "list.csv": (file: string) => `file,label\n${file},1\n`,
    "list.json": (file: string) => JSON.stringify([{ file, label: 1 }]),
    "coco.json": (file: string) =>
      JSON.stringify({
        images: [{ id: 1, file_name: file }],
        annotations: [{ image_id: 1, category_id: 1, bbox: [1, 1, 2, 2] }],
        categories: [{ id: 1, name: "1" }],
      }),
  };

  function layOut(name: keyof typeof lists, file: string): string {
    const folder = newFolder();
    mkdirSync(join(folder, "a", "data"), { recursive: true });
    writeFileSync(join(folder, "secret.png"), "secret");
    writeFileSync(join(folder, "a", "data", "own.png"), "own");
    const list = join(folder, "a", "data", name);
    writeFileSync(list, lists[name](file.replace("FOLDER", folder)));
    return list;
  }

  for (const name of ["list.csv", "list.json", "coco.json"] as const) {
    test.each(["../../secret.png", "FOLDER/secret.png", "own.png/../../../secret.png"])(
      `${name}: %s`,
      async (file) => {
        const list = layOut(name, file);
        const { kind, message } = await userErrorOf(() => openDataSet(list, classes));
        expect(kind).toBe("usage");
        expect(message).toMatch(/names ".*secret\.png", which lies outside of its folder/);
        const { items } = await openDataSet(list, { ...classes, allowOutside: true });
        expect(items).toHaveLength(1);
      },
    );
    test.each(["own.png", "./own.png", "FOLDER/a/data/own.png", "../data/own.png"])(
      `${name}: %s`,
      async (file) => {
        expect((await openDataSet(layOut(name, file), classes)).items).toHaveLength(1);
      },
    );
  }

  test("masks, too", async () => {
    const list = layOut("list.csv", "own.png");
    writeFileSync(list, "file,label,mask\nown.png,1,/etc/hostname\n");
    expect((await userErrorOf(() => openDataSet(list, classes))).message).toContain("/etc/hostname");
  });
});

describe("much of one thing", () => {
  test("100,000 boxes of one picture are united in seconds", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "a.png"), "");
    const rows = "a.png,1,1,1,5,5\n".repeat(100_000);
    writeFileSync(join(folder, "l.csv"), `file,label,xmin,ymin,xmax,ymax\n${rows}`);
    const started = performance.now();
    const { items } = await openDataSet(join(folder, "l.csv"), classes);
    expect(items[0]?.region).toMatchObject({ kind: "boxes", boxes: { length: 100_000 } });
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test("a field of 20 MB is no field", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "l.csv"), `file,label\n${"a".repeat(20e6)},1\n`);
    const { kind, message } = await userErrorOf(() => openDataSet(join(folder, "l.csv"), classes));
    expect(kind).toBe("usage");
    expect(message.length).toBeLessThan(1000);
  });

  test("50,000 open tags are not repeated", () => {
    expect(() => parseAnnotation("<a>".repeat(50_000))).toThrow(/^line \d+: .{1,300}$/);
  });
});

describe("damaged parts", () => {
  const row = {
    index: 0,
    image: "a.png",
    method: "edge",
    measure: "sparseness",
    parameter: 0,
    value: 0.5,
    weight: 1,
  };
  const picture = { index: 0, image: "a.png", status: "failed", reason: "cut off", label: 2 } as const;

  async function withUnit(): Promise<string> {
    const path = newFolder();
    await openRunFolder(path, fakePlan(4), { resume: false });
    const times = [{ step: "score", seconds: 0.25, pictures: 1 }];
    await writeUnit(path, 0, { pictures: [picture], values: [row], times });
    await writeUnit(path, 1, { pictures: [{ ...picture, index: 2 }], values: [], times });
    return path;
  }

  test("every flipped byte of a part is seen", async () => {
    const path = await withUnit();
    const part = join(path, "values", "part-00000.parquet");
    const whole = readFileSync(part);
    await readValues(part);
    // The name of the checksum itself says nothing about the run.
    const [from, to] = [whole.lastIndexOf("onnx-lrp.sha256"), whole.lastIndexOf("onnx-lrp.sha256") + 20];
    for (let at = 0; at < whole.length; at += 7) {
      if (at >= from && at < to) continue;
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      writeFileSync(part, bytes);
      const { kind, message } = await userErrorOf(() => readValues(part));
      expect(kind).toBe("input");
      expect(message).toContain("part-00000.parquet");
      expect(message).not.toMatch(/undefined|is not a function|Cannot read/);
    }
  });

  test.each(["pictures", "values", "times"])(
    "a resumed run computes a unit with damaged %s again",
    async (kind) => {
      const path = await withUnit();
      expect([...(await unitsDone(path))]).toEqual([0, 1]);
      const part = join(path, kind, "part-00001.parquet");
      writeFileSync(part, readFileSync(part).subarray(0, -9));
      const resumed = await openRunFolder(path, fakePlan(4), { resume: true });
      expect(resumed.damaged).toEqual([part]);
      expect([...resumed.done]).toEqual([0]);
      expect(existsSync(part)).toBe(false);
    },
  );

  test("files of other programs, without a checksum, are read", async () => {
    const path = join(newFolder(), "x.parquet");
    await writeColumns(path, [{ name: "step", type: "STRING", nullable: false, data: ["a"] }]);
    expect(readFileSync(path).includes("onnx-lrp.sha256")).toBe(true);
  });
});

describe.skipIf(process.platform === "win32")("pipes and devices in a run's folder", () => {
  test.each(["plan.json", "randomization.json"])("%s", async (name) => {
    const path = newFolder();
    for (const make of [
      () => execFileSync("mkfifo", [name], { cwd: path }),
      () => symlinkSync("/dev/zero", join(path, name)),
    ]) {
      make();
      const read = name === "plan.json" ? () => readPlan(path) : () => readResults(path);
      const { kind, message } = await userErrorOf(read);
      expect(kind).toBe("input");
      expect(message).toMatch(/is not a file, but a pipe or a device/);
      rmSync(join(path, name));
    }
  });

  test("a lock that is a pipe holds nothing", async () => {
    const path = newFolder();
    execFileSync("mkfifo", ["run.lock"], { cwd: path });
    await (await lockRunFolder(path))();
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("two runs in one folder", () => {
  test("the second says who holds it, and the first gives it back", async () => {
    const path = newFolder();
    const unlock = await lockRunFolder(path);
    const { kind, message } = await userErrorOf(() => lockRunFolder(path));
    expect(kind).toBe("usage");
    expect(message).toMatch(new RegExp(`in use by another run \\(process ${process.pid} on .*, since 20`));
    await unlock();
    await (await lockRunFolder(path))();
    expect(readdirSync(path)).toEqual([]);
  });

  test("a folder with a lock alone counts as empty", async () => {
    const path = newFolder();
    const unlock = await lockRunFolder(path);
    await openRunFolder(path, fakePlan(4), { resume: false });
    await unlock();
  });

  test("a lock whose process is no more is taken over; one of another host is not", async () => {
    const path = newFolder();
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const lock = { process: child.pid, host: hostname(), since: "2020-01-01T00:00:00.000Z" };
    writeFileSync(join(path, "run.lock"), JSON.stringify(lock));
    await (await lockRunFolder(path))();
    writeFileSync(join(path, "run.lock"), JSON.stringify({ ...lock, host: "elsewhere" }));
    expect((await userErrorOf(() => lockRunFolder(path))).message).toContain("on elsewhere");
    writeFileSync(join(path, "run.lock"), "");
    await (await lockRunFolder(path))();
  });
});
