/** Puts a compiled explanation together as one model: its inputs, its outputs, and all nodes in order. */
import type { Dim, Model, Tape, Tensor, TensorType, ValueInfo } from "@onnx-lrp/onnx-loader";
import { exactSigmoid, removeUnused } from "@onnx-lrp/onnx-loader/internal";
import type { TargetForm } from "../explanation-options.ts";
import { type MapShape, mapSizes } from "../heatmap.ts";
import type { InputPort } from "../input-port/input-port.ts";
import { elementsOf, sizesOf } from "../output-port/output-port.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { type ConservationPlan, conservationColumns } from "./conservation.ts";
import type { ExplanationNames } from "./explanation-names.ts";
import type { Samples } from "./maps/sample-batch.ts";
import type { OtherInputsPlan } from "./other-inputs.ts";

/** Of onnx.proto, as of ONNX 1.10 to 1.12, whose opsets are 15 to 17. */
const lowestIrVersion = 8;

interface Parts {
  readonly graph: RelevanceGraph;
  readonly plan: MapPlan;
  readonly tape: Tape;
  readonly nodes: Model["graph"]["nodes"];
  readonly samples: Samples | undefined;
  readonly names: ExplanationNames;
  readonly conservation: ConservationPlan | undefined;
  readonly otherInputs: OtherInputsPlan | undefined;
  readonly map: MapShape;
  /** The number of targets of every run, or a name for any. */
  readonly targets: Dim;
  readonly targetForm: TargetForm;
}

/** Last stage of compile(). */
export function assemble(parts: Parts): Model {
  const { plan, tape, nodes, samples, names, conservation, otherInputs, map, targets: k, targetForm } = parts;
  const { model, head } = parts.graph;
  const image = plan.modelInput;
  // onnxruntime-node cannot override initializers, so that samples which every run gives are required inputs.
  const samplesAreInputs = plan.kind === "sampled" && plan.samplesAreInputs;
  const { graph } = model;
  const n = image.batch;
  const picture = mapSizes(map);
  const float = (name: string, dims: TensorType["dims"]): ValueInfo => ({
    name,
    type: { type: "float32", dims },
  });
  const int64 = (name: string, dims: TensorType["dims"]): ValueInfo => ({
    name,
    type: { type: "int64", dims },
  });
  const scores = sizesOf(head);
  const added = [
    float(names.logits, [n, ...(targetForm === "weights" ? scores : [elementsOf(head)])]),
    ...(names.probabilities === undefined ? [] : [float(names.probabilities, [n, ...scores])]),
    ...(names.targetClasses === undefined ? [] : [int64(names.targetClasses, [n, k])]),
    float(names.relevance, [n, k, ...picture]),
    float(names.seedScale, [n, k]),
    ...(names.mean === undefined ? [] : [float(names.mean, [n, k, ...picture])]),
    ...(names.conservation === undefined || conservation === undefined
      ? []
      : [float(names.conservation, [n, k, conservation.rows.length, conservationColumns.length])]),
    ...(names.otherInputs === undefined || otherInputs === undefined
      ? []
      : [float(names.otherInputs, [n, k, otherInputs.groups.length])]),
  ];
  const values = samples?.defaults ?? new Map<string, Tensor>();
  const defaults = samplesAreInputs ? new Map<string, Tensor>() : values;
  const shared = samples?.sharedBase ?? false;
  // Any number of samples, unless runs are planned for one.
  const sampleInputs = [...values].map(([name, { dims }]) =>
    float(
      name,
      dims.map((size, axis) =>
        axis === 0 && !samplesAreInputs && !(shared && name === names.samples?.bases) ? "S" : size,
      ),
    ),
  );
  // What the network itself puts out would be that of the samples.
  const own = samples === undefined ? graph.outputs : [];
  const outputs = [...own, ...added.filter(({ name }) => !own.some((other) => other.name === name))];
  const assembled: Model = {
    ...model,
    irVersion: Math.max(model.irVersion, lowestIrVersion),
    graph: removeUnused({
      ...graph,
      nodes,
      initializers: new Map([...graph.initializers, ...tape.initializers, ...defaults]),
      overridable: new Set([...graph.overridable, ...defaults.keys()]),
      inputs: [
        ...graph.inputs.map((input) => (input.name === image.name ? ownInput(input, image) : input)),
        targetForm === "classes" ? int64(names.targets, [n, k]) : float(names.targets, [n, k, ...scores]),
        ...(names.against === undefined ? [] : [int64(names.against, [n, k])]),
        ...(samplesAreInputs ? sampleInputs : []),
      ],
      outputs,
      valueInfo: [
        ...graph.valueInfo.filter(({ name }) => graph.overridable.has(name)),
        ...(samplesAreInputs ? [] : sampleInputs),
      ],
    }),
  };
  return exactSigmoid(assembled, new Set(assembled.graph.outputs.map(({ name }) => name))).model;
}

/** The input with the number of pictures that it takes, where the network itself takes more. */
function ownInput(input: ValueInfo, { batch }: InputPort): ValueInfo {
  if (input.type?.dims === undefined) return input;
  return { ...input, type: { ...input.type, dims: [batch, ...input.type.dims.slice(1)] } };
}
