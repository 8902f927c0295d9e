/** What a page that uses the package has at hand, for tests to call. */
import * as host from "@onnx-lrp/web/host";
import * as web from "@onnx-lrp/web";

Object.assign(globalThis, { onnxLrp: { ...web, ...host } });
