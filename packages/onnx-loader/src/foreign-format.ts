/** Formats of files that people give in place of a model. */

/** What a file is that people often take for a model, and what to do with it. */
export interface ForeignFormat {
  readonly what: string;
  readonly instead?: string;
}

/** What a file is by its first bytes, if it is one of the formats that people give in place of a model. */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | undefined {
  if (bytes.byteLength === 0) return { what: "empty" };
  const start = byteString(bytes.subarray(0, 64));
  if (start.startsWith("version https://git-lfs")) {
    return {
      what: "a Git LFS pointer, a line of text in place of the real file",
      instead: 'fetch the file with "git lfs pull"',
    };
  }
  if (start.startsWith("PK\x03\x04")) {
    return {
      what: "a zip archive (PyTorch checkpoints and Keras files are)",
      instead: "export the network to ONNX first",
    };
  }
  if (start.startsWith("\x89HDF")) {
    return { what: "an HDF5 file (Keras weights)", instead: "convert it with tf2onnx first" };
  }
  if (start.slice(4, 8) === "TFL3") {
    return { what: "a TensorFlow Lite model", instead: "convert it with tf2onnx first" };
  }
  if (start.slice(4, 8) === "ORTM") {
    return {
      what: "in onnxruntime's own ORT format, which holds a graph that is optimized already",
      instead: "give the .onnx file that it was made from",
    };
  }
  if (/^\s*(<!doctype|<html)/i.test(start)) return { what: "a web page: the download went wrong" };
  if (start.startsWith("\x89PNG") || start.startsWith("\xff\xd8\xff")) {
    return { what: "a picture", instead: "give the model first, then the pictures" };
  }
  return undefined;
}

/** One character for each byte. A TextDecoder has no such encoding: its "latin1" is windows-1252, where 0x89 is a "‰". */
function byteString(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
