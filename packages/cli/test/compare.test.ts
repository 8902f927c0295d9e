import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { methodNames } from "@onnx-lrp/core/names";
import { expect, test } from "vitest";
import { enterWithNetwork, picture, run, transcript, words } from "./shared.ts";

const both = picture("striped-star_ringed-triangle");

test.each([
  "compare vgg.onnx dotted-disc.png",
  'compare vgg.onnx dotted-disc.png striped-star.png --target "striped star" --methods sglrp,sglrp:epsilon-plus --out maps/a.png',
  "compare vgg.onnx dotted-disc.png --methods grad-cam,occlusion --window 32 --against top --target 3",
  "compare vgg.onnx dotted-disc.png --methods cam,grad-cam",
  "compare vgg.onnx dotted-disc.png --also vgg.onnx --methods gradient,random --view map --scale row",
])("onnx-lrp %s", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(result.code).toBe(0);
  expect(transcript(line, result)).toMatchSnapshot();
  const stem = line.includes("maps/a") ? "maps/a" : "comparison/comparison";
  expect(readFileSync(`${stem}.png`).subarray(1, 4).toString()).toBe("PNG");
  const page = readFileSync(`${stem}.html`, "utf8");
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
  expect(page).toContain("vgg.onnx: preprocessing scenes, from the model.");
});

test.each([
  "compare vgg.onnx dotted-disc.png --methods sglrp,saliency",
  "compare vgg.onnx dotted-disc.png --methods sglrp:best",
  "compare vgg.onnx dotted-disc.png --methods cam",
  "compare vgg.onnx missing.png",
  "compare vgg.onnx dotted-disc.png --preprocess unit,imagenet,caffe --also vgg.onnx",
  "compare vgg.onnx dotted-disc.png --target zebra",
  "compare vgg.onnx dotted-disc.png --against top:2",
])("onnx-lrp %s (refused)", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(result.code).not.toBe(0);
  expect(transcript(line, result)).toMatchSnapshot();
  expect(existsSync("comparison")).toBe(false);
});

test("onnx-lrp compare: all methods, two targets of one picture", async () => {
  enterWithNetwork();
  const line = "--methods all --target 8 --target 7 --samples 20 --cells 4 --segments 8 --window 32";
  const { code, out, err } = await run("compare", "vgg.onnx", both, ...words(line));
  expect(err.split("\n")).toEqual([
    expect.stringMatching(/no map by cam: .* not linear/),
    expect.stringMatching(/no map by attention-rollout: .* there is no attention/),
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(/striped star .*%, ringed triangle .*%/);
  const page = readFileSync("comparison/comparison.html", "utf8");
  for (const name of methodNames) expect(page).toContain(name);
});

test("onnx-lrp explain --against: why this and not that", async () => {
  enterWithNetwork();
  const args = [both, "--target", "striped star", "--json", "--method", "gradient"];
  const contrast = await run("explain", "vgg.onnx", ...args, "--against", "ringed triangle", "--npy");
  const [{ explanations }] = JSON.parse(contrast.out).inputs;
  expect(explanations[0].against).toEqual({ class: 7, label: "ringed triangle" });
  expect(explanations[0].png).toContain("8-striped-star-not-7-ringed-triangle");
  expect(JSON.parse(contrast.out).options.contrast).toBe(true);
  const same = await run("explain", "vgg.onnx", ...args, "--against", "striped star");
  expect(same).toMatchObject({ code: 2, err: expect.stringContaining("is the target itself") });
});

test("onnx-lrp explain --method integrated-gradients tells how far its sum is off", async () => {
  enterWithNetwork();
  const line = "explain vgg.onnx dotted-disc.png --method integrated-gradients --samples 40 --baseline grey";
  const { code, out } = await run(...words(line));
  expect(code).toBe(0);
  expect(out).toMatch(
    /delta {6}-?[\d.e-]+ logits between the sum of the map and the change of the logit from the baseline/,
  );
});

test("onnx-lrp explain --rules: rules by layer", async () => {
  enterWithNetwork();
  const rules = { base: "epsilon", layers: [{ role: "first", rule: "flat" }] };
  writeFileSync("mine.json", JSON.stringify(rules));
  const { out, code } = await run(...words("explain vgg.onnx dotted-disc.png --rules mine.json --json"));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ composite: "mine", options: { rules: { base: "epsilon" } } });
  const inspected = await run(...words("inspect vgg.onnx --rules mine.json --nodes"));
  expect(inspected.out).toMatch(/Conv.*flat/);
  writeFileSync("mine.json", JSON.stringify({ ...rules, layers: [{ name: "nothing", rule: "flat" }] }));
  const refused = await run(...words("explain vgg.onnx dotted-disc.png --rules mine.json"));
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("layers[0]") });
  expect(await run(...words("explain vgg.onnx dotted-disc.png --rules none.json"))).toMatchObject({
    code: 2,
  });
});

test.each([
  "explain vgg.onnx dotted-disc.png --method rise --samples 0",
  "explain vgg.onnx dotted-disc.png --method gradient --layer features",
  "explain vgg.onnx dotted-disc.png --method grad-cam --layer features",
  "explain vgg.onnx dotted-disc.png --method rise --composite zplus",
  "explain vgg.onnx dotted-disc.png --baseline pink",
  "explain vgg.onnx dotted-disc.png --method clrp-gu --composite authors-code --against top --target 2",
  "compile vgg.onnx -o rise.onnx --method rise",
  "inspect vgg.onnx --method lime",
  "inspect vgg.onnx --method smoothgrad --conservation dotted-disc.png",
])("onnx-lrp %s (settings of methods)", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(transcript(line, result)).toMatchSnapshot();
});
