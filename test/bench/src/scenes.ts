/**
 * Measures every method on the shipped networks and 200 fixed two-object scenes, and writes docs/scenes.md.
 *
 *     pnpm scenes
 */
import { writeFileSync } from "node:fs";
import { shippedNetworks } from "@onnx-lrp/models";
import { measureScenes, type SceneMeasures, twoObjectScenes } from "./scene-measures.ts";

const methods = ["sglrp", "clrp", "lrp", "input-x-gradient", "gradient"];
const count = 200;
const scenes = twoObjectScenes(count);
const rows: string[][] = [];
for (const network of shippedNetworks) {
  for (const method of methods) {
    const measures = await measureScenes(network, scenes, method);
    rows.push([network.name, method, ...cells(measures)]);
    process.stderr.write(`${network.name} ${method}\n`);
  }
}

function cells({ pointing, mass, rival, chance, empty }: SceneMeasures): string[] {
  return [...[pointing, mass, rival, chance].map((share) => `${(100 * share).toFixed(1)} %`), String(empty)];
}

const header = ["network", "method", "pointing", "mass on target", "mass on rival", "chance", "empty maps"];
const table = [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
writeFileSync(
  "docs/scenes.md",
  `# The methods where the truth is known

Made by \`pnpm scenes\`: ${count} fixed scenes with two objects of different classes, both of them explained, so that there
are ${2 * count} maps for each row. The networks were trained on scenes with one object.

- **pointing**: share of maps whose highest pixel lies on the target
- **mass on target**, **mass on rival**: mean share of the positive relevance on the target's pixels, on the other object's
- **chance**: mean share of the picture that the target covers
- **empty maps**: maps without a positive pixel (LRP of a class with a negative logit), left out of the shares

${table}
`,
);
