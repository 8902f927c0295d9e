/**
 * Compiles a relevance graph to one ONNX model: the forward pass, the seeds, the relevance pass. Nothing is computed
 * here, and no weight is read; every transformation of weights is a node, which onnxruntime folds when it loads the
 * model.
 */
import { createTape, type Model, UserError } from "@onnx-lrp/onnx-loader";
import { valueNames } from "@onnx-lrp/onnx-loader/internal";
import type { TargetForm } from "../explanation-options.ts";
import type { MapShape } from "../heatmap.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { PixelBounds } from "../relevance-graph/pixel-bounds.ts";
import { assemble } from "./assemble.ts";
import type { ConservationPlan } from "./conservation.ts";
import type { ExplanationNames } from "./explanation-names.ts";
import { emitInputs } from "./inputs.ts";
import { emitMap } from "./maps/index.ts";
import type { OtherInputsPlan } from "./other-inputs.ts";
import { nameOutputs } from "./outputs.ts";
import type { NodeAudit, OtherShare } from "./propagate.ts";
import { emitSeeds } from "./seeds.ts";

export interface CompileOptions {
  /** Needed by composites with the zbox rule. */
  readonly pixels: PixelBounds | undefined;
  /** The number of targets of every run; left out, any. */
  readonly targets?: number | undefined;
  /** What a run is asked with; default classes. */
  readonly targetForm?: TargetForm | undefined;
  /** Each target is contrasted with another class: the seed is e_t - e_a in place of the method's own. */
  readonly contrast?: boolean | undefined;
  /** Report the relevance that each node receives and propagates. */
  readonly conservation?: boolean | undefined;
}

export interface CompiledExplanation {
  readonly model: Model;
  readonly names: ExplanationNames;
  /** Shape of a map without picture and target. */
  readonly map: MapShape;
  readonly conservation: ConservationPlan | undefined;
  /** What relevance went to other inputs that were given a value; only where a method propagates one map by rules. */
  readonly otherInputs: OtherInputsPlan | undefined;
  /** Targets of every run, if their number is fixed. */
  readonly targetCount: number | undefined;
  /** What a run is asked with. */
  readonly targetForm: TargetForm;
  /** Whether each target is contrasted with another class. */
  readonly contrast: boolean;
}

/**
 * @param graph from the logits back to the picture, to the samples, or to a layer
 * @throws UserError `usage` for missing pixel bounds, and for a conservation report of two maps that are balanced
 */
export function compile(graph: RelevanceGraph, plan: MapPlan, options: CompileOptions): CompiledExplanation {
  const { pixels, targets: targetCount, contrast = false, targetForm = "classes" } = options;
  const audits: NodeAudit[] | undefined = options.conservation ? [] : undefined;

  const tape = createTape(valueNames(graph.model.graph), "lrp");
  const inputs = emitInputs(tape, graph, plan, { form: targetForm, contrast });
  const seeds = emitSeeds(tape, graph, plan, inputs, targetCount);
  if (audits !== undefined && seeds.rivals !== undefined) throw twoMaps(graph, plan);
  const tellsOthers = plan.kind === "relevance" && seeds.rivals === undefined && graph.fedInputs.length > 0;
  const others: OtherShare[] | undefined = tellsOthers ? [] : undefined;
  const map = emitMap(
    {
      ...{ graph, pixels, picture: inputs.picture, baseline: inputs.baseline, samples: inputs.samples },
      ...{ emission: seeds.emission, logitsSeed: seeds.logitsSeed, rivals: seeds.rivals },
      audit: audits && ((node) => audits.push(node)),
      onOther: others && ((share) => others.push(share)),
    },
    plan,
  );
  const { names, conservation, otherInputs } = nameOutputs(tape, plan, inputs, seeds, map, {
    ...{ audits, others, fed: graph.fedInputs },
  });
  const model = assemble({
    ...{ graph, plan, tape, names, conservation, otherInputs },
    nodes: [...inputs.nodes, ...inputs.forward.nodes(), ...tape.nodes],
    samples: inputs.samples,
    map: map.shape,
    targets: targetCount ?? "K",
    targetForm,
  });
  return { model, names, map: map.shape, conservation, otherInputs, targetCount, targetForm, contrast };
}

function twoMaps({ composite }: RelevanceGraph, { method }: MapPlan): UserError {
  return new UserError(
    "usage",
    `The method ${method.name} with ${composite.name} propagates two maps and balances them, so that there is no conservation to report.`,
  );
}
