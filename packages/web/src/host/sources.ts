/** What a page can give as a network: a file, bytes, or an address of its own origin. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";

/** An .onnx file or its bytes, or an address of the page's own origin that it lies at. */
export type ModelSource = Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | URL | string;

/** Bytes and what errors call them. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
  /** Where it was fetched; undefined for what the page gave. */
  readonly address?: URL | undefined;
}

/** @throws UserError `model` for an address of another origin, or one with nothing there */
export async function blobOf(source: ModelSource): Promise<NamedBlob> {
  if (typeof source === "string" || source instanceof URL) {
    const address = new URL(source, globalThis.location.href);
    return { name: lastPart(address.pathname), blob: await fetchBlob(address), address };
  }
  if (source instanceof Blob) return { name: nameOf(source) ?? "the model", blob: source };
  return { name: "the model", blob: new Blob([source]) };
}

/** Of a `File` its name, with its folder if it was dropped with one. */
export function nameOf(blob: Blob): string | undefined {
  if (!(blob instanceof File) || blob.name === "") return undefined;
  return blob.webkitRelativePath === "" ? blob.name : blob.webkitRelativePath;
}

export function lastPart(path: string): string {
  return path.split("/").at(-1) ?? path;
}

/** Nothing is asked of another host than the one that the page is from. @throws UserError `model` */
export async function fetchBlob(address: URL): Promise<Blob> {
  const { origin } = globalThis.location;
  if (address.origin !== origin) {
    throw new UserError("model", `"${address.href}" is not of this page's origin, ${origin}.`, {
      subject: { file: address.href },
      remedies: [textRemedy("fetch it yourself, and give its bytes")],
    });
  }
  const response = await fetch(address).catch((cause: unknown) => {
    throw unread(address, String(cause), cause);
  });
  if (!response.ok) throw unread(address, `the server answers ${response.status}`);
  return response.blob();
}

function unread(address: URL, reason: string, cause?: unknown): UserError {
  const details = { subject: { file: address.href }, cause };
  return new UserError("model", `"${address.href}" cannot be fetched: ${reason}.`, details);
}
