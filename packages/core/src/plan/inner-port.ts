/** An inner value of the network as what gets explained: the option `backTo`. */
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import { producers, type Shapes } from "@onnx-lrp/onnx-loader/internal";
import type { CanonicalModel } from "../canonicalize.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import { findInputPort } from "../input-port/find.ts";
import { type InputPort, sizedInputPort } from "../input-port/input-port.ts";
import { imageDependent } from "../relevance-graph/flow.ts";
import type { MapMethod } from "./map-plan.ts";

/**
 * The value that relevance goes back to, as if it were the network's input. What lies before it needs no rule.
 *
 * @returns the input itself, unless an inner value is asked for
 * @throws UserError `usage` for a value that the network does not have or that does not depend on the input, and for methods
 * that change the input itself
 */
export function attributedPort(
  { model, shapes, image }: CanonicalModel,
  method: MapMethod,
  { backTo }: ExplanationOptions,
): InputPort {
  if (backTo === undefined || backTo === image.name) return image;
  const compares = method.kind === "gradient" && method.composite.activations === "rescale";
  if ((method.kind !== "relevance" && method.kind !== "gradient") || compares) {
    throw new UserError(
      "usage",
      `The method ${method.name} explains the network's input, not an inner value such as "${backTo}".`,
      { subject: { option: "backTo", value: backTo }, remedies: [{ kind: "omit", option: "backTo" }] },
    );
  }
  if (!producers(model.graph).has(backTo) || !imageDependent(model.graph, image.name).has(backTo)) {
    throw new UserError(
      "usage",
      `The network has no value "${backTo}" that depends on its input "${image.name}".`,
      {
        subject: { option: "backTo", value: backTo },
        remedies: [{ kind: "inspect", nodes: true, purpose: "see the values of the network" }],
      },
    );
  }
  return innerPort(model, shapes, backTo, image);
}

function innerPort(model: Model, shapes: Shapes, name: string, image: InputPort): InputPort {
  const shape = shapes.get(name);
  const [batch, ...sizes] = shape?.dims ?? [];
  if (shape === undefined || batch === undefined || sizes.some((size) => typeof size !== "number")) {
    throw new UserError(
      "unsupported",
      `The shape of the inner value "${name}" is not known before the run.`,
      {
        subject: { option: "backTo", value: name },
      },
    );
  }
  if (shape.type !== "float32") {
    throw new UserError("usage", `The inner value "${name}" holds ${shape.type}, not real numbers.`, {
      subject: { option: "backTo", value: name },
    });
  }
  const dims = [image.batch, ...sizes.map(Number)];
  const value = { name, type: { type: shape.type, dims } };
  const inner: Model = { ...model, graph: { ...model.graph, inputs: [value] } };
  const port = sizedInputPort(findInputPort(inner, { input: name }), undefined);
  return { ...port, dims: [batch, ...sizes] };
}
