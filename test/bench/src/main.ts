/**
 * Measures what an explanation costs against the forward pass alone, in one process and in alternating runs, so that a
 * busy machine slows both alike. Prints a table and writes .bench/results.json.
 *
 *     pnpm bench                     .bench/vgg16.onnx
 *     pnpm bench NET.onnx [...]      other networks
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type Measurement, measure } from "./measure.ts";

const networks = process.argv.slice(2);
const wanted = networks.length > 0 ? networks : [".bench/vgg16.onnx"];
const results: Measurement[] = [];
for (const path of wanted) {
  if (!existsSync(path)) {
    process.stderr.write(
      `There is no "${path}". Make VGG16 with random weights by: python models/recipes/export_torchvision.py vgg16 --random --out .bench/vgg16.onnx\n`,
    );
    process.exit(2);
  }
  results.push(await measure(path));
}

const columns = [
  "network",
  "forward ms",
  "K=1",
  "K=5",
  "further target",
  "session",
  "explanation model",
] as const;
const rows = results.map((r) => [
  r.network,
  r.forwardMs.toFixed(0),
  `${r.one.toFixed(2)} x`,
  `${r.five.toFixed(2)} x`,
  `${((r.five - r.one) / 4).toFixed(2)} x`,
  `${r.session.toFixed(2)} x`,
  `${(r.bytes / 1024).toFixed(0)} KB, ${r.nodes} nodes`,
]);
const table = [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
process.stdout.write(
  `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown CPU"}; medians of ratios to the forward pass\n\n${table}\n`,
);
mkdirSync(".bench", { recursive: true });
writeFileSync(".bench/results.json", `${JSON.stringify(results, undefined, 2)}\n`);
