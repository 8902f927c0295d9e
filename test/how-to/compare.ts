import { openNetwork } from "onnx-lrp";

await using network = await openNetwork("net.onnx");
const { methods, savePng, savePage } = await network.compare("photo.jpg", {
  methods: ["sglrp", "lrp:epsilon-plus", "grad-cam"],
  target: ["zebra", "top"],
});
for (const { name, explanations, refusal } of methods) {
  console.log(name, explanations[0]?.note ?? refusal?.message ?? "");
}
await savePng("comparison.png");
await savePage("comparison.html");
