/** Files that options and models name: a page has no paths, so that they are given beside the model. */
import { type ErrorKind, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { beyondLimit, type LimitName } from "@onnx-lrp/onnx-loader/internal";
import { limit } from "@onnx-lrp/onnx-loader/limits";
import { lastPart, nameOf } from "./sources.ts";

/** Files by their names. */
export interface NamedFiles {
  /** The file of that path, or else of the name at its end; undefined if there is none. */
  find(path: string): Blob | undefined;
  /** Adds a file of a call, and gives the path that it is found by. */
  add(file: File): string;
}

export function createFiles(given: readonly File[]): NamedFiles {
  const files = new Map<string, File>(given.map((file) => [nameOf(file) ?? "", file]));
  return {
    find(path) {
      const plain = path.replace(/^(?:\.\/)+/, "");
      const named = [...files].filter(([name]) => name === plain || name.endsWith(`/${plain}`));
      const [first] =
        named.length > 0 ? named : [...files].filter(([name]) => lastPart(name) === lastPart(plain));
      return first?.[1];
    },
    add(file) {
      const wanted = nameOf(file) ?? "the input";
      for (let count = 1; ; count += 1) {
        const path = count === 1 ? wanted : `${wanted} (${count})`;
        const known = files.get(path);
        if (known !== undefined && !isSame(known, file)) continue;
        files.set(path, file);
        return path;
      }
    },
  };
}

/** The same file comes to a worker as another object each time. */
function isSame(a: File, b: File): boolean {
  return a.size === b.size && a.lastModified === b.lastModified && a.type === b.type;
}

/** What a file is to be. */
export interface Wanted {
  /** For errors: "picture", "label file". */
  readonly what: string;
  /** On its bytes. */
  readonly limit: LimitName;
  readonly kind: ErrorKind;
}

/** @throws UserError of the wanted kind if it is missing, too large, or cannot be read */
export async function readNamed(files: NamedFiles, path: string, wanted: Wanted): Promise<Uint8Array> {
  const { what, kind } = wanted;
  const blob = files.find(path);
  if (blob === undefined) {
    throw new UserError(kind, `There is no ${what} "${path}".`, {
      subject: { file: path },
      remedies: [textRemedy("give it beside the model")],
    });
  }
  checkSize(blob, path, wanted);
  return readBytes(blob, path, wanted);
}

/** @throws UserError where it is larger than the limit */
function checkSize({ size }: Blob, path: string, { what, kind, limit: name }: Wanted): void {
  if (size <= limit(name)) return;
  const [megabytes, most] = [size, limit(name)].map((bytes) => Math.ceil(bytes / 2 ** 20));
  throw beyondLimit(name, kind, `The ${what} "${path}" is too large (${megabytes} MiB, at most ${most}).`, {
    subject: { file: path },
    remedies: [textRemedy("make it smaller first")],
  });
}

/** @throws UserError where the file has changed or gone since it was given */
export async function readBytes(
  blob: Blob,
  path: string,
  { what, kind }: Pick<Wanted, "what" | "kind">,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(kind, `The ${what} "${path}" cannot be read (${message}).`, {
      subject: { file: path },
      remedies: [textRemedy("give it again")],
      cause,
    });
  }
}
