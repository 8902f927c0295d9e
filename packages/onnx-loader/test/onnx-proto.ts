/** The package onnx-proto, whose older protobufjs finds "long" as a module with a default export when vitest runs it. */
import { createRequire } from "node:module";
import Long from "long";
import type * as OnnxProto from "onnx-proto";

const here = createRequire(import.meta.url);
const protobufjs: { util: { Long: unknown }; configure(): void } = createRequire(here.resolve("onnx-proto"))(
  "protobufjs/minimal",
);
protobufjs.util.Long = Long;
protobufjs.configure();

const loaded: typeof OnnxProto = here("onnx-proto");

export const { ModelProto, NodeProto, TensorProto, AttributeProto } = loaded.onnx;
