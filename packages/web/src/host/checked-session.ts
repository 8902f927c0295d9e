/** A session on WebGPU that is compared with wasm on its first run: drivers differ, and a wrong map looks like any other. */
import { runtimeMessage } from "@onnx-lrp/onnx-loader/internal";
import type { InferenceSession } from "onnxruntime-common";

/** Relative L2 difference up to which numbers are the same. */
const tolerance = 1e-3;

export interface SessionPair {
  readonly fast: InferenceSession;
  readonly sure: InferenceSession;
  readonly onFallback: ((sentence: string) => void) | undefined;
}

/** Runs the first inputs on both; from then on the fast one if all outputs agree, else the sure one. */
export function checkedSession({ fast, sure, onFallback }: SessionPair): InferenceSession {
  let chosen: InferenceSession | undefined;

  async function choose(given: readonly unknown[]): Promise<InferenceSession.ReturnType> {
    const expected = await runOn(sure, given);
    const fault = await faultOf(expected, () => runOn(fast, given));
    if (fault === undefined) {
      await sure.release();
      chosen = fast;
    } else {
      onFallback?.(`WebGPU ${fault}; wasm runs the network.`);
      await fast.release();
      chosen = sure;
    }
    return expected;
  }

  return {
    run: (...given: readonly unknown[]) => (chosen === undefined ? choose(given) : runOn(chosen, given)),
    async release() {
      if (chosen !== undefined) return chosen.release();
      await fast.release();
      await sure.release();
    },
    startProfiling: () => (chosen ?? fast).startProfiling(),
    endProfiling: () => (chosen ?? fast).endProfiling(),
    ...{ inputNames: sure.inputNames, outputNames: sure.outputNames },
    ...{ inputMetadata: sure.inputMetadata, outputMetadata: sure.outputMetadata },
  };
}

/** @param given what `run` was called with, whose forms are several */
function runOn(session: InferenceSession, given: readonly unknown[]): Promise<InferenceSession.ReturnType> {
  return Reflect.apply(session.run, session, given);
}

/** What is wrong with a run, as the end of a sentence; undefined if nothing is. */
async function faultOf(
  expected: InferenceSession.ReturnType,
  run: () => Promise<InferenceSession.ReturnType>,
): Promise<string | undefined> {
  try {
    const found = await run();
    for (const [name, tensor] of Object.entries(expected)) {
      const difference = relativeDifference(tensor.data, found[name]?.data);
      if (difference <= tolerance) continue;
      return `gives other numbers than wasm (relative L2 difference ${difference.toPrecision(2)} at "${name}")`;
    }
    return undefined;
  } catch (error) {
    return `cannot run the network (${runtimeMessage(error)})`;
  }
}

type Data = InferenceSession.OnnxValueMapType[string] extends { readonly data: infer D } ? D : never;

/** Relative L2 difference of numbers; of anything else 0. */
function relativeDifference(expected: Data, found: Data | undefined): number {
  if (!(expected instanceof Float32Array)) return 0;
  if (!(found instanceof Float32Array) || found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [square, all] = [0, 0];
  for (const [i, value] of expected.entries()) {
    square += ((found[i] ?? Number.NaN) - value) ** 2;
    all += value ** 2;
  }
  if (square === 0) return 0;
  const difference = Math.sqrt(square / all);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
