/** What each method costs in forward passes: its time over that of the network alone, in alternating runs. */
import { basename } from "node:path";
import { methodNames, methods } from "@onnx-lrp/core";
import { costText } from "@onnx-lrp/core/internal";
import { type FileExplainerOptions, openExplainer, openFileScorer, resolvePreprocess } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader";
import { pixelBounds } from "@onnx-lrp/pictures";
import { median, milliseconds } from "./clock.ts";

interface MethodCost {
  readonly method: string;
  /** In the words of `onnx-lrp methods`. */
  readonly told: string;
  /** Times the forward pass, for one map of one picture; null where the network is refused. */
  readonly ratio: number | null;
  /** Of methods that take samples or ask again and again: how many, for which the ratio is. */
  readonly samples: number | null;
}

export interface MethodCosts {
  readonly network: string;
  readonly forwardMs: number;
  readonly costs: readonly MethodCost[];
}

const rounds = 3;
/** A method of so many forward passes is timed once. */
const long = 40;
/** Enough of each to tell what one costs, and no more. */
const few = { samples: 24, segments: 16, cells: 4, window: 112, stride: 56 };

export async function methodCosts(path: string): Promise<MethodCosts> {
  const pixels = pixelBounds(await resolvePreprocess("imagenet"), 3);
  const network = await openFileScorer(path, { batchSize: 1 });
  const { image } = network;
  const picture = Float32Array.from(
    { length: image.height * image.width * image.channels },
    (_, i) => 2 * Math.sin(i * 0.37),
  );
  const forward: number[] = [];
  const costs: MethodCost[] = [];
  for (const method of methodNames) {
    process.stderr.write(`  ${method}\n`);
    costs.push(
      await one({ path, method, picture, options: { ...few, pixels, targetCount: 1 } }, async () => {
        const ms = await milliseconds(() => network.score([picture]));
        forward.push(ms);
        return ms;
      }),
    );
  }
  await network.release();
  return { network: basename(path, ".onnx"), forwardMs: median(forward), costs };
}

interface Task {
  readonly path: string;
  readonly method: (typeof methodNames)[number];
  readonly picture: Float32Array;
  readonly options: FileExplainerOptions;
}

async function one(
  { path, method, picture, options }: Task,
  forward: () => Promise<number>,
): Promise<MethodCost> {
  const told = costText(methods[method].cost);
  let asked: number | null = null;
  const onProgress = (_: number, total: number) => {
    asked = total;
  };
  try {
    const explainer = await openExplainer(path, { ...options, method, onProgress });
    const ratios: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const plain = await forward();
      const ms = await milliseconds(() => explainer.explain([picture], [[-1]]));
      // The first runs also allocate, which among many passes is nothing.
      if (round > 0 || ms / plain > long) ratios.push(ms / plain);
      if (ms / plain > long) break;
    }
    await explainer.release();
    return { method, told, ratio: median(ratios), samples: asked };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { method, told, ratio: null, samples: null };
  }
}
