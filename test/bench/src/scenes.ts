/**
 * Measures every method on the shipped networks and 200 fixed two-object scenes. Writes docs/scenes.md, and what the tests
 * compare with: test/goldens/scenes/measures.json and a few heatmaps.
 *
 *     pnpm scenes
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { shippedClassifiers } from "@onnx-lrp/models";
import { encodeNpy } from "@onnx-lrp/node";
import { heatmapsOf, measureScenes, type SceneMeasures, twoObjectScenes } from "./scene-measures.ts";

const methods = ["sglrp", "clrp", "lrp", "grad-cam", "input-x-gradient", "gradient"] as const;
/** SGLRP on the network with attention by other rules than its own. */
const composites = [
  ["transformer (default)", {}],
  ["transformer, gamma 1", { composite: "transformer", parameters: { gamma: 1 } }],
  ["transformer, gamma-first 1", { composite: "transformer", parameters: { gammaFirst: 1 } }],
  ["transformer, gamma-dense 0.01", { composite: "transformer", parameters: { gammaDense: 0.01 } }],
  ["transformer, gamma-dense 0.25", { composite: "transformer", parameters: { gammaDense: 0.25 } }],
  ["cp-lrp", { composite: "cp-lrp" }],
  ["attnlrp", { composite: "attnlrp" }],
  ["epsilon-plus", { composite: "epsilon-plus" }],
  ["zplus-box", { composite: "zplus-box" }],
] as const;
const count = 200;
const folder = "test/goldens/scenes";
const scenes = twoObjectScenes(count);
const rows: string[][] = [];
const byRules: string[][] = [];
const stored: Record<string, Record<string, SceneMeasures>> = {};
mkdirSync(folder, { recursive: true });
for (const network of shippedClassifiers) {
  const measures: Record<string, SceneMeasures> = {};
  const own = network.name === "vit" ? [...methods, "attention-rollout" as const] : methods;
  for (const method of own) {
    const found = await measureScenes(network, scenes, method);
    measures[method] = found;
    rows.push([network.name, method, ...cells(found)]);
    process.stderr.write(`${network.name} ${method}\n`);
  }
  stored[network.name] = measures;
  const maps = await heatmapsOf(network, scenes.slice(0, 1), "sglrp");
  for (const [i, { width, height, values }] of maps.entries()) {
    writeFileSync(`${folder}/${network.name}.${i}.npy`, encodeNpy(values, [height, width]));
  }
}
for (const network of shippedClassifiers.filter(({ name }) => name === "vit")) {
  for (const [title, rules] of composites) {
    byRules.push([title, ...cells(await measureScenes(network, scenes, "sglrp", rules))]);
    process.stderr.write(`${title}\n`);
  }
}
writeFileSync(`${folder}/measures.json`, `${JSON.stringify(stored, undefined, 2)}\n`);

function cells({ pointing, mass, rival, chance, empty }: SceneMeasures): string[] {
  return [...[pointing, mass, rival, chance].map((share) => `${(100 * share).toFixed(1)} %`), String(empty)];
}

const measured = ["pointing", "mass on target", "mass on rival", "chance", "empty maps"];
const tableOf = (header: readonly string[], body: readonly (readonly string[])[]) =>
  [header, header.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
writeFileSync(
  "docs/scenes.md",
  `# The methods where the truth is known

Made by \`pnpm scenes\`: ${count} fixed scenes with two objects of different classes, both of them explained, so that there
are ${2 * count} maps for each row. The networks were trained on scenes with one object, vit also on parts of several, put together (its
card has more). Composite: zplus-box, on vit transformer, the defaults (gradients, Grad-CAM and attention rollout have none).

- **pointing**: share of maps whose highest pixel lies on the target
- **mass on target**, **mass on rival**: mean share of the positive relevance on the target's pixels, on the other object's
- **chance**: mean share of the picture that the target covers
- **empty maps**: maps without a positive pixel (LRP of a class with a negative logit), left out of the shares

${tableOf(["network", "method", ...measured], rows)}

What it says (\`test/scenes.test.ts\` holds all of it): on every network SGLRP puts the largest share of its positive relevance on the
target, and of the methods with rules the smallest on the rival: 8 % or less, where LRP puts a quarter, and 13 % on vit. On the networks
of convolutions it also points to the target most often. Grad-CAM's maps are as coarse as its layer, so that most of them lies beside both objects.

The paper's order, SGLRP above CLRP above LRP, holds on resnet, densenet and inception. On vgg it does not: CLRP falls below LRP
there, in pointing and in mass. That network, whose convolutions have no normalization, is the least sure of two objects
at once (its card has the figures), so that the target's logit is often small or negative; CLRP, which weighs all other
classes equally by that logit, then has its signs turned around, and LRP's maps are empty, which leaves the easier ones to
be counted. SGLRP's seed does not depend on the logit's sign. [evaluation.md](evaluation.md) measures
Guided Grad-CAM too, on the same scenes by other metrics: its one-point game counts hits within 15 pixels of the object, so that its
shares are higher than those of pointing here.

## A network with attention

On vit the order holds in mass, while all three point to the target alike, in 94 to 95 %. The network reads each class from the patches of
its own object, so that LRP by itself finds it. Attention rollout shows both objects alike, as it must: there is no class
in it, and its map is the same for both. SGLRP by other rules than the default:

${tableOf(["rules", ...measured], byRules)}

With epsilon at the convolutions that embed the patches, as \`cp-lrp\` and \`attnlrp\` have it, the map is about as scattered as the input times
the gradient; a stronger gamma there (\`--gamma 1\`) does better than the default. \`epsilon-plus\` and \`zplus-box\`, which favour what is positive at
the convolutions but pass relevance through normalizations unchanged, lie between. The strengths at the first layer and at dense layers
matter less.

The extended pointing game asks for maps that fill the object. By it, \`onnx-lrp tune vit scenes:20\` prefers \`excitation\` (0.50) and \`epsilon-plus\` with a
stabilizer of 0.25 (0.48) to \`transformer\`, which has 0.42 with a gamma of 100 at the first layer and 0.40 with 1; gammas at dense layers from
0.01 to 0.25 differ by 0.002 (40 maps).
`,
);
