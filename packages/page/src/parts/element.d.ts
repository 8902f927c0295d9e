import type { OnnxLrpMap } from "@onnx-lrp/web/map";
import type { JSX } from "preact";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "onnx-lrp-map": JSX.HTMLAttributes<OnnxLrpMap> & {
        picture?: OnnxLrpMap["picture"];
        heatmap?: OnnxLrpMap["heatmap"];
        place?: { readonly x: number; readonly y: number } | undefined;
        controls?: boolean;
        label?: string;
        view?: string;
        onprobe?: (event: CustomEvent) => void;
        onchoose?: (event: CustomEvent) => void;
      };
    }
  }
}
