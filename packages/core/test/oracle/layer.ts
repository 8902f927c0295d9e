/** A linear layer as a dense matrix, found by giving it one unit vector after the other. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { inputsOf, runNode, type Values } from "./forward.ts";
import { type Dense, zeros } from "./tensor.ts";

export interface Layer {
  /** Which inputs of the node are signals; x is all of them, one after the other. */
  readonly slots: readonly number[];
  readonly x: Float64Array;
  /** w[i][j]: what a 1 at input i adds to output j. */
  readonly w: readonly Float64Array[];
  readonly b: Float64Array;
}

interface Affine {
  readonly w: readonly Float64Array[];
  readonly b: Float64Array;
}

const known = new WeakMap<Node, Map<string, Affine>>();

/** @param steps what follows the node channel by channel and is one layer with it */
export function layerOf(node: Node, steps: readonly Node[], slots: readonly number[], values: Values): Layer {
  const given = inputsOf(node, values);
  const signals = slots.map((slot) => given[slot] ?? zeros([0]));
  const run = (changed: readonly Dense[]): Float64Array => {
    const inputs = given.map((value, i) => changed[slots.indexOf(i)] ?? value);
    return steps.reduce<{ name: string; value: Dense }>(
      ({ name, value }, step) => ({
        name: step.outputs[0] ?? "",
        value: runNode(
          step,
          inputsOf(step, values).map((other, i) => (step.inputs[i] === name ? value : other)),
        ),
      }),
      { name: node.outputs[0] ?? "", value: runNode(node, inputs) },
    ).value.data;
  };
  const key = [
    ...signals.map(({ dims }) => dims.join("x")),
    ...steps.map(({ outputs }) => outputs[0]),
  ].join();
  const matrices = known.get(node) ?? new Map<string, Affine>();
  known.set(node, matrices);
  const affine = matrices.get(key) ?? affineOf(signals, run);
  matrices.set(key, affine);
  return { slots, x: Float64Array.from(signals.flatMap(({ data }) => Array.from(data))), ...affine };
}

function affineOf(signals: readonly Dense[], run: (changed: readonly Dense[]) => Float64Array): Affine {
  const still = signals.map(({ dims }) => zeros(dims));
  // A reshaping gives the very numbers it got.
  const b = run(still).slice();
  const w = still.flatMap((signal) =>
    Array.from(signal.data, (_, i) => {
      signal.data[i] = 1;
      const column = run(still).map((value, j) => value - (b[j] ?? 0));
      signal.data[i] = 0;
      return column;
    }),
  );
  return { w, b };
}
