import { openNetwork } from "onnx-lrp";

await using network = await openNetwork("net.onnx");
const { summary, files } = await network.evaluate("photos", {
  folder: "run",
  methods: ["sglrp", "lrp", "grad-cam", "random"],
  metrics: ["deletion", "insertion"],
  onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
});
for (const { name, better, methods } of summary.measures) {
  console.log(
    name,
    better,
    methods.map(({ method, headline }) => [method, headline?.value]),
  );
}
console.log(files.report);
