import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import { readModel } from "../src/index.ts";

const latin = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));

test.each([
  ["nothing", "", "it is empty."],
  [
    "a Git LFS pointer",
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    'it is a Git LFS pointer, a line of text in place of the real file. Fetch the file with "git lfs pull".',
  ],
  [
    "a zip archive",
    "PK\x03\x04\x14\x00\x00\x00archive/data.pkl",
    "it is a zip archive (PyTorch checkpoints and Keras files are). Export the network to ONNX first.",
  ],
  ["HDF5", "\x89HDF\r\n\x1a\n\0\0", "it is an HDF5 file (Keras weights). Convert it with tf2onnx first."],
  ["TensorFlow Lite", "\x1c\0\0\0TFL3\0\0", "it is a TensorFlow Lite model. Convert it with tf2onnx first."],
  [
    "the ORT format",
    "\x20\0\0\0ORTM\0\0",
    "it is in onnxruntime's own ORT format, which holds a graph that is optimized already. Give the .onnx file that it was made from.",
  ],
  ["a web page", "\n<!DOCTYPE html><html>", "it is a web page: the download went wrong."],
  ["a web page without a doctype", "<HTML><head>", "it is a web page: the download went wrong."],
  ["a PNG picture", "\x89PNG\r\n\x1a\n", "it is a picture. Give the model first, then the pictures."],
  [
    "a JPEG picture",
    "\xff\xd8\xff\xe0\0\x10JFIF",
    "it is a picture. Give the model first, then the pictures.",
  ],
])("%s is told apart from a model", (_, start, sentence) => {
  const error = userErrorOf(() => readModel(latin(start), "net.onnx"));
  expect(error.kind).toBe("model");
  expect(error.message).toBe(`net.onnx is not an ONNX model: ${sentence}`);
});

test.each([
  ["text", "Hello, this is no model."],
  ["JSON", '{"graph": {}}'],
  ["a pickle", "\x80\x02}q\0(X"],
  ["a gzip archive", "\x1f\x8b\x08\0\0\0"],
  ["safetensors", '\x40\0\0\0\0\0\0\0{"w":{"dtype":"F32"}}'],
  ["a NumPy array", "\x93NUMPY\x01\0v\0{'descr'"],
  ["white space", " \n\n "],
])("%s is no model", (_, start) => {
  const error = userErrorOf(() => readModel(latin(start), "net.onnx"));
  expect(error.kind).toBe("model");
  expect(error.message).toMatch(/^net\.onnx is not an ONNX model/);
});
