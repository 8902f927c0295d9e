/** The generated codec, with its library of 64-bit integers, which it does not find by itself under every bundler. */

import Long from "long";
import protobuf from "protobufjs/minimal.js";
import { onnx } from "#proto";

protobuf.util.Long = Long;
protobuf.configure();

export { Long, onnx, protobuf };
