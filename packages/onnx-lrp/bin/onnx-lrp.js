#!/usr/bin/env node
import "@onnx-lrp/cli/bin";
