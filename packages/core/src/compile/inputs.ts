/** First stage of compile(): inputs, what they make before the network's own nodes, and the forward pass. */
import { identity, intValue as int, type Node, type Tape } from "@onnx-lrp/onnx-loader";
import { dataTypeCode } from "@onnx-lrp/onnx-loader/internal";
import type { TargetForm } from "../explanation-options.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { type BaselinePass, createBaselinePass } from "./baseline-pass.ts";
import { createForwardPass, type ForwardPass } from "./forward.ts";
import { emitSamples, type Samples } from "./maps/sample-batch.ts";

/** What a run is asked with. */
export interface TargetInput {
  /** `classes`: int64 [N, K]; `weights`: float32 [N, K, ...], a number for each score. */
  readonly form: TargetForm;
  readonly name: string;
  /** Whether targets are contrasted: weights are then the seed itself, and classes come with others that they are held against. */
  readonly contrast: boolean;
}

export interface EmittedInputs {
  readonly targets: TargetInput;
  /** int64 [N, K]: the classes that targets are contrasted with, only where asked for. */
  readonly against: string | undefined;
  /** float32, in the shape of the model's input. */
  readonly picture: string;
  readonly samples: Samples | undefined;
  readonly baseline: BaselinePass | undefined;
  /** Nodes that must come before the forward pass. */
  readonly nodes: readonly Node[];
  readonly forward: ForwardPass;
}

export function emitInputs(
  tape: Tape,
  graph: RelevanceGraph,
  plan: MapPlan,
  { form, contrast }: Omit<TargetInput, "name">,
): EmittedInputs {
  const targets = { form, contrast, name: tape.fresh(form === "classes" ? "targets" : "target_weights") };
  const against = contrast && form === "classes" ? tape.fresh("against") : undefined;
  const input = asFloat(tape, plan.modelInput);
  const inner = plan.kind !== "sampled" && graph.image.name !== plan.modelInput.name;
  // A map of an inner value is multiplied with that value.
  const picture = inner ? graph.image.name : input;
  const samples =
    plan.kind === "sampled"
      ? emitSamples(tape, plan.modelInput, picture, plan.samples, plan.baseline)
      : undefined;
  const baseline =
    plan.kind === "gradient" && plan.baseline !== undefined
      ? emitBaseline(tape, graph, picture, plan.baseline)
      : undefined;
  const nodes = tape.take();
  // The network's nodes know the samples by the name of its input.
  const renamed = samples === undefined ? [] : [identity(samples.sampleBatch, graph.image.name)];
  const network = [...renamed, ...graph.model.graph.nodes, ...(baseline?.nodes ?? [])];
  const forward = createForwardPass(network, tape.fresh);
  return { targets, against, picture, samples, baseline, nodes, forward };
}

/** int64 [1]: the pictures of a run. */
export function batchSize(tape: Tape, { name, batch }: InputPort): string {
  if (typeof batch === "number") return tape.ints([batch]);
  return tape.emit("Gather", [tape.emit("Shape", [name]), tape.ints([0])]);
}

function asFloat(tape: Tape, { name, type }: InputPort): string {
  return type === "float32" ? name : tape.emit("Cast", [name], { to: int(dataTypeCode("float32")) });
}

function emitBaseline(
  tape: Tape,
  graph: RelevanceGraph,
  picture: string,
  values: Float32Array,
): BaselinePass {
  const constant = tape.floats([...values], [1, ...graph.image.dims.slice(1).map(Number)]);
  return createBaselinePass(tape, graph, tape.emit("Expand", [constant, tape.emit("Shape", [picture])]));
}
