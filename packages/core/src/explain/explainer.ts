/** Runs an explanation model over pictures. */
import { type Model, readModel } from "@onnx-lrp/onnx-loader";
import type { InferenceSession } from "onnxruntime-common";
import { type ModelMethodName, methodByName } from "../methods/table.ts";
import { type OriginalNetwork, openOriginal } from "../network/original.ts";
import { joined } from "../network/pictures.ts";
import { type Runtime, sessionOpener } from "../network/runtime.ts";
import { openScorer } from "../network/scorer.ts";
import { type PreparedExplanation, prepareExplanation } from "../prepare.ts";
import type { Target } from "../targets/target.ts";
import { anyTargets } from "./any-targets.ts";
import { checkBatchSize, checkRequest, limitsOf } from "./check-request.ts";
import { withConvergenceDelta } from "./convergence-delta.ts";
import type {
  CompiledExplainer,
  Explainer,
  ExplainerOptions,
  PictureExplanation,
  QuantizedComparison,
} from "./explanation.ts";
import { lazyScorer } from "./lazy-scorer.ts";
import { createPerturbationExplainer } from "./perturbation-explainer.ts";
import { runGroup } from "./run-group.ts";
import { createSampledExplainer } from "./sampled-explainer.ts";

/**
 * Makes an explainer for a network.
 *
 * @param runtime onnxruntime-node, onnxruntime-web or another package with onnxruntime's JavaScript interface
 * @param model a model, or the bytes of an .onnx file
 * @returns for methods that are one explanation model, a `CompiledExplainer`, which has it
 * @throws UserError `unsupported` where the method does not cover the network, `usage` for options that do not fit
 * together, `model` for bytes that are no ONNX model
 */
export function createExplainer(
  runtime: Runtime,
  model: Model | Uint8Array,
  options?: ExplainerOptions & { readonly method?: ModelMethodName | undefined },
): Promise<CompiledExplainer>;
export function createExplainer(
  runtime: Runtime,
  model: Model | Uint8Array,
  options?: ExplainerOptions,
): Promise<Explainer>;
export async function createExplainer(
  runtime: Runtime,
  model: Model | Uint8Array,
  options: ExplainerOptions = {},
): Promise<Explainer> {
  const network = model instanceof Uint8Array ? readModel(model) : model;
  const method = methodByName(options.method ?? "sglrp");
  switch (method.kind) {
    case "perturbation":
      return createPerturbationExplainer(runtime, network, method, options);
    case "sampled":
      return createSampledExplainer(runtime, network, method, options);
    default:
      return createCompiledExplainer(runtime, network, options);
  }
}

/** @param model whose explanation is one model, run once a picture */
async function createCompiledExplainer(
  runtime: Runtime,
  network: Model,
  options: ExplainerOptions,
): Promise<CompiledExplainer> {
  const { batchSize = 1, targetCount: targets } = options;
  const fixedSizes = { batch: batchSize === 1 ? 1 : undefined, targets };
  const prepared = await prepareExplanation(network, runtime, { ...options, fixedSizes });
  const open = sessionOpener(runtime, options.openSession);
  const session = await open(prepared.compiled.model);
  const { graph, dequantized } = prepared.analysis;
  const original = dequantized ? await openOriginal(runtime, network, graph, open) : undefined;
  const scorer = lazyScorer(() => openScorer(runtime, network, { ...options, layer: undefined }));
  return createPreparedExplainer(runtime, prepared, session, batchSize, original, scorer);
}

/**
 * An explainer for an explanation model that is loaded already.
 *
 * @param original the quantized network itself, to be compared with; released together with the session
 * @param scorer gives scores without maps; left out, the explanation model does
 */
export function createPreparedExplainer(
  runtime: Runtime,
  prepared: PreparedExplanation,
  session: InferenceSession,
  batchSize: number,
  original?: OriginalNetwork,
  scorer?: Pick<Explainer, "score" | "release">,
): CompiledExplainer {
  const { analysis, compiled, plan } = prepared;
  const limits = limitsOf(prepared);
  const { batch } = plan.modelInput;
  checkBatchSize(batchSize);
  const size = typeof batch === "number" ? batch : batchSize;
  const explainGroups = async (...[pictures, targets, against]: Parameters<Explainer["explain"]>) => {
    checkRequest(limits, pictures, targets, against);
    const results: PictureExplanation[] = [];
    for (let start = 0; start < pictures.length; start += size) {
      const group = pictures.slice(start, start + size);
      const fill = typeof batch === "number" ? batch - group.length : 0;
      const whole = padded(group, fill);
      const part = (classes: readonly (readonly Target[])[]) =>
        padded(classes.slice(start, start + size), fill);
      const outputs = await runGroup(runtime, prepared, session, {
        pictures: whole,
        targets: part(targets),
        against: against === undefined ? undefined : part(against),
      });
      const compared = await original?.run(joined(whole), whole.length);
      results.push(
        ...outputs
          .slice(0, group.length)
          .map((result, i) => ({ ...result, quantized: comparison(result, compared?.[i]) })),
      );
    }
    return results;
  };
  const withDelta = withConvergenceDelta(prepared, (picture) =>
    explainGroups([picture], [anyTargets(prepared)]),
  );
  return {
    ...{ image: limits.image, head: limits.head, map: compiled.map, record: analysis.record, prepared },
    async release() {
      await session.release();
      await original?.release();
      await scorer?.release();
    },
    score:
      scorer?.score ??
      ((pictures) =>
        explainGroups(
          pictures,
          pictures.map(() => anyTargets(prepared)),
        )),
    explain: async (pictures, targets, against) =>
      withDelta(await explainGroups(pictures, targets, against), targets),
  };
}

function comparison(
  { probabilities: explained }: Pick<PictureExplanation, "probabilities">,
  own: Float64Array | undefined,
): QuantizedComparison | undefined {
  if (own === undefined) return undefined;
  const difference = own.reduce((most, p, i) => Math.max(most, Math.abs(p - (explained[i] ?? 0))), 0);
  return { probabilities: own, difference };
}

/** A network with a fixed batch gets the last picture again in the places left over. */
function padded<T>(items: readonly T[], fill: number): T[] {
  return [...items, ...Array.from({ length: fill }, () => items.at(-1)).filter((item) => item !== undefined)];
}
