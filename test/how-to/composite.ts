import {
  type Composite,
  compositeByName,
  createExplainer,
  epsilon,
  everywhere,
  gamma,
  zplus,
} from "@onnx-lrp/core";
import * as ort from "onnxruntime-node";

/** Gamma for convolutions, epsilon for what is dense or a sum, z+ for what sees the picture. */
export const mine: Composite = {
  kind: "rules",
  name: "mine",
  rules: { ...everywhere(epsilon(1e-6)), first: zplus, conv: gamma(0.5) },
};

/** One of the package's own, but with another rule for the nodes that a function selects. */
export const milder: Composite = {
  ...compositeByName("epsilon-plus"),
  name: "milder",
  layers: [{ selects: ({ name }, role) => role === "dense" || name.startsWith("head"), rule: epsilon(0.01) }],
};

export const explainerOf = (modelBytes: Uint8Array) =>
  createExplainer(ort, modelBytes, { method: "lrp", composite: mine });
