/** The canonical network that a method needs: as it is, or on many samples of each picture. */
import { createTape, type Model, type SessionFactory } from "@onnx-lrp/onnx-loader";
import { renameNode, valueNames } from "@onnx-lrp/onnx-loader/internal";
import { type CanonicalModel, canonicalize } from "../canonicalize.ts";
import { type Composite, conventionsOf } from "../composites.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { ResolvedSampleOptions } from "./samples.ts";

/** A network in its canonical form, with the input of its explanation model. */
export interface Canonical extends CanonicalModel {
  /** The same as `image`, or pictures of which `image` is the batch of samples. */
  readonly modelInput: InputPort;
}

/** @param sampleOptions of methods that take samples of each picture */
export async function canonicalizeFor(
  model: Model,
  runtime: SessionFactory,
  composite: Composite,
  sampleOptions: ResolvedSampleOptions | undefined,
  { input, layout, size, feeds, openInputs, fixedSizes, output }: ExplanationOptions,
): Promise<Canonical> {
  const pictures = fixedSizes?.batch;
  const inputs = { input, layout, size, feeds, openInputs, output };
  if (sampleOptions === undefined) {
    const fold = conventionsOf(composite)?.foldAffine ?? true;
    const canonical = await canonicalize(model, runtime, { ...inputs, pictures, fold });
    return { ...canonical, modelInput: canonical.image };
  }
  const { perRun } = sampleOptions;
  // Each picture goes through the network together with its samples.
  const rows = pictures === undefined || perRun === undefined ? undefined : pictures * (perRun + 1);
  const canonical = await canonicalize(model, runtime, { ...inputs, pictures: rows, anyBatch: true });
  return overSamples(canonical, pictures);
}

/** The network on many samples of each picture: its nodes take another value than the input. */
function overSamples(canonical: CanonicalModel, pictures: number | undefined): Canonical {
  const { image, model, shapes } = canonical;
  const batch = pictures ?? (typeof image.batch === "string" ? image.batch : "N");
  const dims = [typeof batch === "number" ? batch : { times: 1 }, ...image.dims.slice(1)];
  const samples = createTape(valueNames(model.graph), "lrp").fresh(`${image.name}/samples`);
  const rename = (name: string) => (name === image.name ? samples : name);
  const nodes = model.graph.nodes.map((node) => renameNode(node, rename, node.name));
  const shape = shapes.get(image.name);
  return {
    ...canonical,
    modelInput: { ...image, batch, dims },
    // Samples are computed in float32, whatever the picture comes in.
    image: { ...image, name: samples, type: "float32" },
    model: { ...model, graph: { ...model.graph, nodes } },
    shapes: new Map([...shapes, ...(shape === undefined ? [] : ([[samples, shape]] as const))]),
  };
}
