import { openNetwork } from "onnx-lrp";

await using network = await openNetwork("net.onnx");
const { top, explanations } = await network.explain("photo.jpg", { target: ["zebra", "top"] });
console.log(top[0]?.label, explanations[0]?.probability);
await explanations[0]?.savePng("zebra.png");
