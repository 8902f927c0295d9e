import type { ModelReader } from "../reader.ts";

/** Inputs that are denoted as images (docs/TypeDenotation.md of onnx), as WinMLTools and Custom Vision do. */
export const denotation: ModelReader = {
  kind: "graph",
  name: "the denotation of the input",
  read({ graph }) {
    const pictures = graph.inputs.filter((input) => input.denotation?.toUpperCase() === "IMAGE");
    return pictures.length === 0 ? undefined : { pictureInputs: pictures.map(({ name }) => name) };
  },
};
