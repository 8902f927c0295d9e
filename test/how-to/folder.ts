import { openNetwork } from "onnx-lrp";

await using network = await openNetwork("net.onnx");
const paths = ["photos/a.jpg", "photos/b.jpg"];
for await (const { explanations } of network.explainEach(paths, { batchSize: 8 })) {
  for (const { label, sum } of explanations) console.log(label, sum);
}
