export * from "@onnx-lrp/network";
