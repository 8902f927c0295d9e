/** What a page that uses the package has at hand, for tests to call. */
import * as web from "@onnx-lrp/web";
import * as host from "@onnx-lrp/web/host";

declare global {
  var onnxLrp: typeof web & typeof host;
  /** Those that a test has put there for others. */
  var vgg: web.Network;
  var picture: File;
}

globalThis.onnxLrp = { ...web, ...host };
