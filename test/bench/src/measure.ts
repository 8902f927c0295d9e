/** One network's measurements. Each is made in a process of its own, so that memory is its own and nothing is warm. */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareExplanation } from "@onnx-lrp/core/internal";
import { readModelFile, resolvePreprocess } from "@onnx-lrp/node";
import { runtime, weightsIn } from "@onnx-lrp/node/internal";
import { writeModel } from "@onnx-lrp/onnx-loader";
import { pixelBounds } from "@onnx-lrp/pictures";
import type { Request, Timing } from "./child.ts";
import { type Cost, explanationCost } from "./cost.ts";

export interface Measurement {
  readonly network: string;
  readonly fileBytes: number;
  /** Of the explanation model that refers to the network's weights. */
  readonly explanationBytes: number;
  readonly costs: { readonly forward: Cost; readonly one: Cost; readonly five: Cost };
  /** Milliseconds and ratios to the forward pass alone, for one picture and for eight. */
  readonly single: Timing;
  readonly eight: Timing;
  /** Seconds to make a session, and its ratio to the network's own. */
  readonly session: { readonly seconds: number; readonly ratio: number; readonly anyRatio: number };
  /** Highest resident memory in bytes of a process that runs the network, or its explanation for one target or five. */
  readonly memory: { readonly forward: number; readonly one: number; readonly five: number };
  /** Seconds from the start of `onnx-lrp explain` to the written picture. */
  readonly coldStart: number;
}

const child = fileURLToPath(new URL("child.js", import.meta.url));
const command = fileURLToPath(new URL("../../../packages/onnx-lrp/bin/onnx-lrp.js", import.meta.url));
const picture = fileURLToPath(
  new URL("../../../models/pictures/striped-star_ringed-triangle.png", import.meta.url),
);

/** SGLRP, zplus-box, all cores; the forward pass as onnxruntime runs it by default. */
export async function measure(path: string, folder: string): Promise<Measurement> {
  const file = readModelFile(path);
  const pixels = pixelBounds(await resolvePreprocess("imagenet"), 3);
  const prepared = await prepareExplanation(file.model, runtime, { pixels });
  const written = writeModel(prepared.compiled.model, weightsIn(file, basename(path)));
  const ask = async <T>(request: Request): Promise<T> =>
    JSON.parse(await run(child, [JSON.stringify(request)]));
  const memory = async (what: "forward" | 1 | 5) =>
    (await ask<{ peak: number }>({ kind: "memory", path, what })).peak;
  return {
    network: basename(path, ".onnx"),
    fileBytes: statSync(path).size,
    explanationBytes: written.byteLength,
    costs: await explanationCost(prepared, file.model, runtime),
    single: await ask<Timing>({ kind: "time", path, pictures: 1 }),
    eight: await ask<Timing>({ kind: "time", path, pictures: 8 }),
    session: await ask<Measurement["session"]>({ kind: "session", path }),
    memory: { forward: await memory("forward"), one: await memory(1), five: await memory(5) },
    coldStart: await coldStart(path, folder),
  };
}

/** The median of three runs of the command line. */
async function coldStart(path: string, folder: string): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const start = performance.now();
    await run(command, ["explain", path, picture, "--labels", "none", "--out", folder]);
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.sort((a, b) => a - b)[1] ?? Number.NaN;
}

function run(script: string, args: readonly string[]): Promise<string> {
  const process_ = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  process_.stdout.on("data", (data) => {
    out += String(data);
  });
  process_.stderr.on("data", (data) => {
    err += String(data);
  });
  return new Promise((resolve, reject) => {
    process_.on("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${basename(script)} ended with ${code}: ${err}`));
    });
  });
}
