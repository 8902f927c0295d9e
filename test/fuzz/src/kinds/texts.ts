/** Every reader of text: labels, rules, preprocessing, lists of pictures, annotations, and what stands beside a model. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseRuleFile } from "@onnx-lrp/core/rule-file";
import { openDataSet } from "@onnx-lrp/evaluation";
import { loadLabels, resolvePreprocess } from "@onnx-lrp/node";
import { readSelfDescription } from "@onnx-lrp/pictures";
import { sidecarNames } from "@onnx-lrp/pictures/internal";
import fc from "fast-check";
import { integer, name, number } from "../hostile-values.ts";
import type { Kind } from "../kind.ts";

/** Honest texts, of which values and characters are replaced. */
const honest = [
  '["cat","dog","star"]',
  '{"0":"cat","1":["n01440764","dog"]}',
  '{"id2label":{"0":"cat","1":"dog"}}',
  "n01440764 cat\nn01443537 dog\n",
  '{"name":"mine","base":"epsilon-plus","layers":[{"role":"first","rule":"zbox"},{"name":"*conv*","rule":{"kind":"gamma","gamma":0.1}}]}',
  '{"scale":0.1,"mean":[0.5,0.5,0.5],"std":[1,1,1],"fit":"pad","cropRatio":0.9,"padValue":3,"order":"bgr"}',
  '[{"file":"a.png","label":1,"boxes":[[1,1,5,5]],"mask":"a.png"},{"file":"b.png","wnid":"n01440764"}]',
  '{"images":[{"id":1,"file_name":"a.png"}],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,1,2,2]}],"categories":[{"id":1,"name":"cat"}]}',
  "file,label,xmin,ymin,xmax,ymax\na.png,1,1,1,5,5\na.png,1,2,2,6,6\n",
  "<annotation><size><width>9</width><height>9</height></size><object><name>1</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></object></annotation>",
  '{"do_resize":true,"size":{"height":8,"width":8},"image_mean":[0.5],"image_std":[0.5],"rescale_factor":0.1,"resample":3}',
  '{"input_size":[3,8,8],"mean":[0.5,0.5,0.5],"std":[1,1,1],"interpolation":"bicubic","crop_pct":0.9}',
  "{0: 'cat', 1: 'dog\\x41'}",
  "[8, 8]",
] as const;

const keys = [
  "names",
  "imgsz",
  "task",
  "stride",
  "onnx-lrp.labels",
  "onnx-lrp.preprocess",
  "onnx-lrp.channels",
];
const moreKeys = [
  "labels",
  "mean_values",
  "scale_values",
  "reverse_input_channels",
  "Image.BitmapPixelFormat",
];

type Edit =
  | { readonly what: "text"; readonly text: string }
  | { readonly what: "token"; readonly at: number; readonly by: string }
  | { readonly what: "deep"; readonly open: string; readonly times: number }
  | { readonly what: "repeat"; readonly at: number; readonly length: number; readonly times: number };

const value = fc.oneof(
  name.map((text) => JSON.stringify(text)),
  integer,
  number,
  fc.json({ maxDepth: 3 }),
);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("token" as const), at: fc.nat(60), by: value }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("deep" as const),
      open: fc.constantFrom("[", '{"a":', "<a>", "(", "{0:"),
      times: fc.constantFrom(10, 1000, 100_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("repeat" as const),
      at: fc.nat(100),
      length: fc.nat(60),
      times: fc.constantFrom(2, 100, 5000),
    }),
  },
);

function textOf(edits: readonly Edit[]): string {
  let text = "";
  for (const one of edits) {
    if (one.what === "text") text = one.text;
    else if (one.what === "deep") text = text.replace(/\d+/, () => one.open.repeat(one.times));
    else if (one.what === "repeat") {
      const part = text.slice(one.at, one.at + one.length);
      text = text.slice(0, one.at) + part.repeat(one.times) + text.slice(one.at);
    } else {
      const tokens = text.split(/("[^"]*"|-?\d+(?:\.\d+)?)/);
      if (tokens.length > 1) tokens[1 + 2 * (one.at % Math.floor(tokens.length / 2))] = one.by;
      text = tokens.join("");
    }
  }
  return text;
}

export const texts: Kind<Edit> = {
  edits: fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...honest) }, { weight: 1, arbitrary: fc.string() }),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
    )
    .map(([text, edits]) => [{ what: "text" as const, text }, ...edits]),
  async run(edits, folder) {
    const text = textOf(edits);
    const data = join(folder, "data");
    mkdirSync(data, { recursive: true });
    for (const file of ["text.json", "data/l.csv", "data/l.json", "data/a.xml"])
      writeFileSync(join(folder, file), text);
    for (const picture of ["a.png", "b.png"]) writeFileSync(join(data, picture), "");
    const classes = { labels: ["cat", "dog", "star"], classes: 3 };
    const sidecars = sidecarNames.map((one) => ({ name: one, path: one, text }));
    const metadata = Object.fromEntries([...keys, ...moreKeys].map((key) => [key, text]));
    const graph = { ...emptyGraph, initializers: new Map(), overridable: new Set<string>() };
    const path = join(folder, "text.json");
    const results = await Promise.allSettled([
      loadLabels(path),
      resolvePreprocess(path),
      (async () => parseRuleFile(text, path))(),
      openDataSet(join(data, "l.csv"), classes),
      openDataSet(join(data, "l.json"), classes),
      openDataSet(data, { ...classes, kind: "folders" }),
      (async () => readSelfDescription({ metadata, graph }, sidecars))(),
    ]);
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      const { reason } = result;
      if (!(reason instanceof Error) || reason.name !== "UserError") throw reason;
      if (reason.message.length > 5000) throw new Error(`A sentence of ${reason.message.length} characters`);
    }
  },
  async file(edits) {
    return { name: "text.json", bytes: Buffer.from(textOf(edits)) };
  },
};

const emptyGraph = { name: "", nodes: [], inputs: [], outputs: [], valueInfo: [], carried: [] };
