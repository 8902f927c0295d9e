/** Models with edited fields: sizes, types, names, operations, attributes, constants, functions, graphs within graphs. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  describeModelFile,
  openExplainer,
  openFileScorer,
  readModelFile,
  writeExplanationModel,
} from "@onnx-lrp/node";
import { type Model, readModel, writeModel } from "@onnx-lrp/onnx-loader";
import fc from "fast-check";
import { networks } from "../command.ts";
import type { Kind } from "../kind.ts";
import { edited } from "./models/apply.ts";
import { type Edit, edit } from "./models/edit.ts";

const files = readdirSync(networks)
  .filter((file) => file.endsWith(".onnx"))
  .sort();
const read = new Map<string, Model>();

function seedOf(index: number): Model {
  const file = files[index % files.length] ?? "";
  const known = read.get(file) ?? readModel(readFileSync(join(networks, file)), file);
  read.set(file, known);
  return known;
}

const methods = [
  ...["sglrp", "lrp", "gradient", "deeplift", "fullgrad", "grad-cam", "smoothgrad", "integrated-gradients"],
  ...["rise", "occlusion"],
] as const;

function bytesOf(edits: readonly Edit[]): Uint8Array {
  const [first] = edits;
  const seed = seedOf(first?.what === "seed" ? first.index : 0);
  return writeModel(edits.reduce(edited, seed));
}

export const models: Kind<Edit> = {
  edits: fc
    .tuple(
      fc.record({
        what: fc.constant("seed" as const),
        index: fc.nat(files.length - 1),
        method: fc.nat(methods.length - 1),
        use: fc.nat(9),
      }),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
    )
    .map(([seed, edits]) => [seed, ...edits]),
  async run(edits, folder) {
    const path = join(folder, "net.onnx");
    writeFileSync(path, bytesOf(edits));
    const [first] = edits;
    const { method, use } = first?.what === "seed" ? first : { method: 0, use: 0 };
    const file = readModelFile(path);
    await describeModelFile(file);
    const size = { height: 25, width: 25 };
    if (use === 0) {
      await writeExplanationModel(file, join(folder, "compiled.onnx"), { size });
      return;
    }
    const options = {
      size,
      threads: 1,
      samples: 3,
      cells: 2,
      window: 12,
      pixels: { low: [-3, -3, -3], high: [3, 3, 3] },
    };
    if (use === 1) {
      const scorer = await openFileScorer(file, { size, threads: 1 });
      try {
        await scorer.score([
          new Float32Array(
            scorer.image.dims
              .slice(1)
              .map(Number)
              .reduce((x, y) => x * y, 1),
          ),
        ]);
      } finally {
        await scorer.release();
      }
      return;
    }
    const explainer = await openExplainer(file, { ...options, method: methods[method] ?? "sglrp" });
    try {
      const elements = explainer.image.dims
        .slice(1)
        .map(Number)
        .reduce((x, y) => x * y, 1);
      await explainer.explain([new Float32Array(elements).fill(0.25)], [[0]]);
    } finally {
      await explainer.release();
    }
  },
  async file(edits) {
    return { name: "net.onnx", bytes: bytesOf(edits) };
  },
};
