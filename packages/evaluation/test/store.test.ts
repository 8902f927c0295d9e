import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { openRunFolder } from "../src/store/folder.ts";
import { writeColumns } from "../src/store/parquet.ts";
import {
  countFailed,
  listParts,
  readPictures,
  readTimes,
  readValues,
  removeLeftovers,
  unitsDone,
  writeUnit,
} from "../src/store/parts.ts";
import { hashItems } from "../src/store/plan.ts";
import type { PictureRow, ValueRow } from "../src/store/rows.ts";
import { fakeItems, fakePlan } from "./fake-run.mjs";
import { newFolder } from "./folders.ts";

const values: ValueRow[] = Array.from({ length: 3000 }, (_, i) => ({
  index: Math.floor(i / 100),
  image: `ü/${Math.floor(i / 100)}.png`,
  method: i % 2 === 0 ? "sglrp" : "clrp",
  measure: "pointing-game",
  parameter: i % 100,
  value: Math.sin(i) / 3,
  weight: 1 + (i % 7),
}));
const pictures: PictureRow[] = [
  {
    index: 0,
    image: "ü/0.png",
    status: "ok",
    label: 3,
    labelProbability: 1e-300,
    predicted: 4,
    predictedProbability: 0.7,
    second: 3,
    secondProbability: 0.1,
    quantizedDifference: 0.01,
  },
  { index: 1, image: "ü/1.png", status: "failed", reason: "The picture is cut off.", label: 2 },
  {
    index: 2,
    image: "ü/2.png",
    status: "ok",
    label: 0,
    labelProbability: 0.5,
    predicted: 0,
    predictedProbability: 0.5,
    second: undefined,
    secondProbability: undefined,
    quantizedDifference: undefined,
  },
];
const times = [{ step: "score", seconds: 0.25, pictures: 2 }];

test("what is written is read again, to the last bit", async () => {
  const folder = newFolder();
  await writeUnit(folder, 7, { values, pictures, times });
  expect(readdirSync(join(folder, "values"))).toEqual(["part-00007.parquet"]);
  const [valuePart = ""] = await listParts(folder, "values");
  const [picturePart = ""] = await listParts(folder, "pictures");
  const [timePart = ""] = await listParts(folder, "times");
  const read = await readValues(valuePart);
  expect([...read.value]).toEqual(values.map(({ value }) => value));
  expect([...read.parameter]).toEqual(values.map(({ parameter }) => parameter));
  expect([...read.weight]).toEqual(values.map(({ weight }) => weight));
  expect(read.method).toEqual(values.map(({ method }) => method));
  expect([...read.order]).toEqual(values.map((_, i) => i));
  expect(await readPictures(picturePart)).toEqual(pictures);
  expect(await countFailed(picturePart)).toBe(1);
  expect(await readTimes(timePart)).toEqual(times);
});

test("other programs read the columns under their names", async () => {
  const folder = newFolder();
  await writeUnit(folder, 0, { values, pictures, times });
  const bytes = readFileSync(join(folder, "pictures", "part-00000.parquet"));
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  expect(rows[0]).toEqual({
    index: 0,
    image: "ü/0.png",
    status: "ok",
    reason: null,
    label: 3,
    label_probability: 1e-300,
    predicted: 4,
    predicted_probability: 0.7,
    second: 3,
    second_probability: 0.1,
    quantized_difference: 0.01,
  });
});

test("a unit without a value is a unit", async () => {
  const folder = newFolder();
  await writeUnit(folder, 0, { values: [], pictures, times: [] });
  const [part = ""] = await listParts(folder, "values");
  expect((await readValues(part)).value).toHaveLength(0);
  expect(await unitsDone(folder)).toEqual(new Set([0]));
});

test("a unit is done when its pictures are there, and parts come in the order of units", async () => {
  const folder = newFolder();
  for (const unit of [100000, 2, 99999]) await writeUnit(folder, unit, { values, pictures, times });
  rmSync(join(folder, "pictures", "part-00002.parquet"));
  writeFileSync(join(folder, "pictures", "part-00003.parquet.0123abcd.tmp"), "half");
  expect(await unitsDone(folder)).toEqual(new Set([99999, 100000]));
  expect((await listParts(folder, "pictures")).map((path) => path.slice(-13, -8))).toEqual([
    "99999",
    "00000",
  ]);
  await removeLeftovers(folder);
  expect(readdirSync(join(folder, "pictures"))).toHaveLength(2);
});

test("files that are no parts are refused with their name", async () => {
  const folder = newFolder();
  mkdirSync(folder);
  const path = join(folder, "part.parquet");
  writeFileSync(path, "PAR1 and no more");
  await expect(readValues(path)).rejects.toThrow(/part\.parquet" is not a Parquet file that can be read/);
  await writeColumns(path, [{ name: "index", type: "INT32", nullable: false, data: [1] }]);
  await expect(readValues(path)).rejects.toThrow(/part\.parquet" has no column "image"/);
  await expect(readValues(join(folder, "none.parquet"))).rejects.toThrow(/none\.parquet/);
});

describe("a folder", () => {
  test("is begun where nothing is, and taken up with --resume only", async () => {
    const folder = newFolder();
    const plan = fakePlan(10);
    expect(await openRunFolder(folder, plan, { resume: false })).toEqual({
      path: folder,
      plan,
      units: 3,
      done: new Set(),
      damaged: [],
    });
    // What was refused or stopped at once left its plan and nothing else.
    expect((await openRunFolder(folder, fakePlan(11), { resume: false })).plan).toEqual(fakePlan(11));
    await openRunFolder(folder, plan, { resume: false });
    await writeUnit(folder, 1, { values, pictures, times });
    await expect(openRunFolder(folder, plan, { resume: false })).rejects.toThrow(
      /already holds a run\. To fix this: set the option resume; or choose another folder\./,
    );
    const again = await openRunFolder(folder, plan, { resume: true });
    expect(again.done).toEqual(new Set([1]));
    expect(again.plan).toEqual(plan);
  });

  test("is started, even to resume, if the run was killed before its plan was written", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "plan.json.0123abcd.tmp"), "{");
    await openRunFolder(folder, fakePlan(3), { resume: true });
    expect(readdirSync(folder)).toEqual(["plan.json"]);
  });

  test("with other files is left alone", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "thesis.txt"), "");
    for (const resume of [false, true]) {
      await expect(openRunFolder(folder, fakePlan(3), { resume })).rejects.toThrow(
        /is not empty, and holds no run/,
      );
    }
    expect(readdirSync(folder)).toEqual(["thesis.txt"]);
  });

  test("with a damaged plan is refused", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "plan.json"), "{");
    await expect(openRunFolder(folder, fakePlan(3), { resume: true })).rejects.toThrow(
      /plan\.json" is not JSON/,
    );
    writeFileSync(join(folder, "plan.json"), JSON.stringify({ ...fakePlan(3), seed: "x" }));
    await expect(openRunFolder(folder, fakePlan(3), { resume: true })).rejects.toThrow(/at seed/);
  });

  test("whose plan calls the score of perturbation methods by its former names is resumed", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    const plan = (option: string, parameter: string) => ({
      ...fakePlan(3),
      methods: [{ name: "rise", parameters: { [parameter]: "logit" } }],
      options: { [option]: "logit" },
    });
    writeFileSync(join(folder, "plan.json"), JSON.stringify(plan("watch", "of")));
    const { plan: read } = await openRunFolder(folder, plan("score", "score"), { resume: true });
    expect(read).toMatchObject(plan("score", "score"));
  });

  const base = fakePlan(10);
  test.each([
    ["the list of methods was sum,first,random and is now sum", { methods: base.methods.slice(0, 1) }],
    ["the list of metrics was curve,rival,seldom and is now rival", { measures: base.measures.slice(1, 2) }],
    ["limit was none and is now 10", { limit: 10 }],
    ["sample was none and is now 3", { sample: 3 }],
    ["seed was 7 and is now 8", { seed: 8 }],
    ['preprocessing was {"name":"none"} and is now {"name":"unit"}', { preprocess: { name: "unit" } }],
    ["the version of onnx-lrp was 0 and is now 1", { version: "1" }],
    ["the size of a unit was 4 and is now 5", { unitSize: 5 }],
    ["the parameters of the methods was", { methods: base.methods.map((m) => ({ ...m, parameters: {} })) }],
    ["the model was net.onnx and is now net.onnx", { model: { path: "net.onnx", sha256: "ff" } }],
    ["the data set was folder", { dataset: { ...base.dataset, sha256: "ff" } }],
    ["the colour of hidden pixels was 0 and is now 1", { fill: [1] }],
  ])("is not resumed when %s", async (sentence, change) => {
    const folder = newFolder();
    await openRunFolder(folder, base, { resume: false });
    await expect(openRunFolder(folder, { ...base, ...change }, { resume: true })).rejects.toThrow(sentence);
  });

  test("is resumed when only places and the order of keys changed", async () => {
    const folder = newFolder();
    await openRunFolder(folder, fakePlan(10, { preprocess: { a: 1, b: [{ c: 1, d: 2 }] } }), {
      resume: false,
    });
    const { plan } = await openRunFolder(
      folder,
      fakePlan(10, {
        preprocess: { b: [{ d: 2, c: 1 }], a: 1 },
        model: { path: "/moved/net.onnx", sha256: "ab" },
        dataset: { ...base.dataset, path: "/moved", notes: [] },
      }),
      { resume: true },
    );
    expect(plan.model.path).toBe("net.onnx");
  });
});

test("the hash of items knows names, labels, regions and sizes of files, not where they lie", async () => {
  const folder = newFolder();
  const write = (name: string, bytes: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    const [path, mask] = [join(folder, name, "0.png"), join(folder, name, "0.mask.png")];
    writeFileSync(path, bytes);
    writeFileSync(mask, bytes);
    return { id: "0.png", path, label: 1, region: { kind: "mask-file", path: mask } } as const;
  };
  const item = write("a", "1234");
  const same = await hashItems([item]);
  expect(await hashItems([write("b", "4321")])).toBe(same);
  const none = { kind: "none" } as const;
  const box = { left: 0, top: 0, right: 1, bottom: 1 };
  const others = [
    [write("c", "12345")],
    [{ ...item, label: 2 }],
    [{ ...item, id: "1.png" }],
    [{ ...item, region: none }],
    [{ ...item, region: { kind: "boxes", boxes: [box] } } as const],
    [{ ...item, region: { kind: "boxes", boxes: [{ ...box, right: 2 }] } } as const],
    [item, item],
    [],
    fakeItems(100),
  ];
  const hashes = await Promise.all([[item], ...others].map(hashItems));
  expect(new Set(hashes).size).toBe(hashes.length);
});
