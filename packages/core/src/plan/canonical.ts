/** The canonical network that a method needs: as it is, or on many samples of each picture. */
import { createTape, type Model, renameNode, type SessionFactory, valueNames } from "@onnx-lrp/onnx-loader";
import { type CanonicalModel, canonicalize } from "../canonicalize.ts";
import { type Composite, conventionsOf } from "../composites.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { Method } from "../methods.ts";

/** A network in its canonical form, with the input that is the model's own. */
export interface Canonical extends CanonicalModel {
  readonly modelInput: InputPort;
}

export async function canonicalizeFor(
  model: Model,
  runtime: SessionFactory,
  method: Method,
  composite: Composite,
  { input, size, fixedSizes }: ExplanationOptions,
): Promise<Canonical> {
  const fold = conventionsOf(composite)?.foldAffine ?? true;
  const pictures = fixedSizes?.batch;
  if (method.kind !== "sampled") {
    const canonical = await canonicalize(model, runtime, { input, size, pictures, fold });
    return { ...canonical, modelInput: canonical.image };
  }
  const rows = fixedSizes?.samples === undefined ? undefined : fixedSizes.samples + 1;
  const all = pictures === undefined || rows === undefined ? undefined : pictures * rows;
  const canonical = await canonicalize(model, runtime, { input, size, pictures: all, anyBatch: true });
  return overSamples(canonical, pictures);
}

/** The network on many samples of each picture: its nodes take another value than the input. */
function overSamples(canonical: CanonicalModel, pictures: number | undefined): Canonical {
  const { image, model, shapes } = canonical;
  const batch = pictures ?? (typeof image.batch === "string" ? image.batch : "N");
  const dims = [typeof batch === "number" ? batch : { times: 1 }, ...image.dims.slice(1)];
  const inner = createTape(valueNames(model.graph), "lrp").fresh(`${image.name}/samples`);
  const rename = (name: string) => (name === image.name ? inner : name);
  const nodes = model.graph.nodes.map((node) => renameNode(node, rename, node.name));
  const shape = shapes.get(image.name);
  return {
    ...canonical,
    modelInput: { ...image, batch, dims },
    // Samples are computed in float32, whatever the picture comes in.
    image: { ...image, name: inner, type: "float32" },
    model: { ...model, graph: { ...model.graph, nodes } },
    shapes: new Map([...shapes, ...(shape === undefined ? [] : ([[inner, shape]] as const))]),
  };
}
