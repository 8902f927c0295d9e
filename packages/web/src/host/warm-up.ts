import type { Runtime } from "@onnx-lrp/core";
import { writeModel } from "@onnx-lrp/onnx-loader";

/**
 * Begins to load and compile onnxruntime's wasm, which is the longest part of a first map, while the model is read; what fails
 * here fails again, and is reported, where a session is needed.
 */
export function warmUp({ InferenceSession }: Runtime): void {
  const image = { name: "x", type: { type: "float32", dims: [1] } } as const;
  const same = { ...{ op: "Identity", domain: "", name: "", overload: "" }, attributes: new Map() };
  const bytes = writeModel({
    ...{ irVersion: 8, opsets: { "": 17 }, producer: "onnx-lrp", producerVersion: "", metadata: {} },
    ...{ functions: [], carried: [] },
    graph: {
      ...{ name: "warm-up", inputs: [image], outputs: [{ ...image, name: "y" }] },
      nodes: [{ ...same, inputs: ["x"], outputs: ["y"] }],
      ...{ initializers: new Map(), valueInfo: [], overridable: new Set(), carried: [] },
    },
  });
  InferenceSession.create(bytes, { executionProviders: ["wasm"], logSeverityLevel: 4 })
    .then((session) => session.release())
    .catch(() => {});
}
