import type { Model } from "@onnx-lrp/onnx-loader";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, SelfDescription, Source, Statement } from "./description.ts";
import type { Reader, Sidecar } from "./reader.ts";
import { readers } from "./readers.ts";

/** Names of the files beside a model that can say something of it. */
export const sidecarNames: readonly string[] = [
  ...new Set(readers.flatMap((reader) => (reader.kind === "file" ? reader.files : []))),
];

/**
 * What a model says of itself: in its metadata, in the files beside it, and in its graph. Nothing of it is trusted: what does
 * not hold what its kind must hold is left out, and named under `problems`.
 *
 * @param sidecars those beside the model before those of the folder above
 */
export function readSelfDescription(
  model: Pick<Model, "metadata" | "graph">,
  sidecars: readonly Sidecar[],
): SelfDescription {
  const said = readers.flatMap((reader) => answersOf(reader, model, sidecars));
  const facts = <Key extends keyof Statement>(key: Key): Fact<NonNullable<Statement[Key]>>[] =>
    said.flatMap(({ source, statement }) => {
      const value = statement[key];
      return value == null ? [] : [{ source, value }];
    });
  return {
    preprocess: facts("preprocess"),
    labels: facts("labels"),
    size: facts("size"),
    task: facts("task"),
    channels: facts("channels"),
    pictureInputs: facts("pictureInputs"),
    problems: distinct(
      said.flatMap(({ source, problem }) => (problem === undefined ? [] : [{ source, value: problem }])),
    ),
  };
}

/** Several readers may find the same fault in one file. */
function distinct(problems: readonly Fact<string>[]): Fact<string>[] {
  return [
    ...new Map(problems.map((problem) => [`${problem.source.name}\n${problem.value}`, problem])).values(),
  ];
}

interface Answer {
  readonly source: Source;
  readonly statement: Statement;
  readonly problem?: string;
}

function answersOf(
  reader: Reader,
  model: Pick<Model, "metadata" | "graph">,
  sidecars: readonly Sidecar[],
): Answer[] {
  if (reader.kind !== "file") {
    return answer({ from: reader.kind, name: reader.name }, () => reader.read(model));
  }
  return sidecars
    .filter(({ name }) => reader.files.includes(name))
    .flatMap((file) => {
      const source: Source = { from: "file", name: file.path };
      if ("unread" in file) return [{ source, statement: {}, problem: file.unread }];
      return answer(source, () => reader.read(file));
    });
}

function answer(source: Source, read: () => Statement | undefined): Answer[] {
  try {
    const statement = read();
    return statement === undefined ? [] : [{ source, statement }];
  } catch (error) {
    if (error instanceof UserError) return [{ source, statement: {}, problem: error.reason }];
    throw error;
  }
}
