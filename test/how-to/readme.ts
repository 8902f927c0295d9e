import { heatmapOf } from "@onnx-lrp/core";
import { decodeImage, openExplainer, resolvePreprocess } from "@onnx-lrp/node";
import { pixelBounds, preprocess } from "@onnx-lrp/pictures";

const spec = await resolvePreprocess("imagenet");
const explainer = await openExplainer("squeezenet.onnx", { method: "sglrp", pixels: pixelBounds(spec, 3) });
const { image, map } = explainer;
const { data } = preprocess(await decodeImage("zebra.jpg"), spec, { ...image, channels: 3 });
const [result] = await explainer.explain([data], [[340, -1]]); // class 340, and the most probable one
for (const { target, probability, relevance } of result?.explanations ?? []) {
  console.log(target, probability, heatmapOf(relevance, map));
}
