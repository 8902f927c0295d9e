/** Files that inputs come from, beside the usual PNG, JPEG and .npy. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { zip } from "../../node/test/zip.ts";
import { example, writeArray } from "./arrays.ts";
import { save, tiny } from "./networks.ts";
import { enterFolder, readAsLogits, run, words } from "./shared.ts";

/** Small pictures of many kinds, in base64. */
const pictures: Readonly<Record<string, { readonly file: string }>> = JSON.parse(
  readFileSync(new URL("../../node/test/pil/pictures.json", import.meta.url), "utf8"),
);

function enterWith(...names: string[]): void {
  enterFolder();
  save("net.onnx", tiny());
  for (const name of names) writeFileSync(name, Buffer.from(pictures[name]?.file ?? "", "base64"));
}

test("a .npz with one array counts like the .npy in it", async () => {
  enterWith();
  writeArray("a.npy", [1, 3, 8, 8], example());
  writeFileSync("b.npz", zip("anything.npy", readFileSync("a.npy")));
  const { code, out } = await run(...words("explain net.onnx a.npy b.npz --json --preprocess unit"));
  expect(code).toBe(0);
  const [a, b] = JSON.parse(out).inputs;
  expect(b.top).toEqual(a.top);
});

test("an array of several pictures gives a result for each", async () => {
  enterWith();
  writeArray("both.npy", [2, 3, 8, 8], Float32Array.of(...example(), ...example().map((v) => -v)));
  writeArray("first.npy", [3, 8, 8], example());
  writeArray(
    "second.npy",
    [1, 3, 8, 8],
    example().map((value) => -value),
  );
  const line = "explain net.onnx both.npy first.npy second.npy --preprocess unit --low -2 --high 2";
  const { code, out, err } = await run(...words(`${line} --json --npy`));
  expect([code, err]).toEqual([0, ""]);
  const results: { input: string; item: number | null; top: unknown; explanations: { npy: string }[] }[] =
    JSON.parse(out).inputs;
  expect(results.map(({ input, item }) => [input, item])).toEqual([
    ["both.npy", 0],
    ["both.npy", 1],
    ["first.npy", null],
    ["second.npy", null],
  ]);
  expect(results.slice(0, 2).map(({ top }) => top)).toEqual(results.slice(2).map(({ top }) => top));
  expect(results.map(({ explanations }) => explanations[0]?.npy)).toEqual([
    expect.stringMatching(/both\.item-0\./),
    expect.stringMatching(/both\.item-1\./),
    expect.stringMatching(/first\./),
    expect.stringMatching(/second\./),
  ]);
  expect((await run(...words(line))).out).toMatch(/both\.npy \[0\].*both\.npy \[1\]/s);
  const compared = await run(...words("compare net.onnx both.npy --methods lrp --preprocess unit"));
  expect(compared.err).toMatch(/both\.npy" is a batch of 2, and one is needed here\. Save the one/);
});

test("a folder's BMP files are pictures", async () => {
  enterWith("24-bit.bmp", "4-bit-runs.bmp");
  const { code, out, err } = await run(...words("explain net.onnx . --preprocess unit"));
  expect([code, err]).toEqual([0, readAsLogits]);
  expect(out).toMatch(/24-bit\.bmp.*4-bit-runs\.bmp/s);
});

test("what is dark because of unused bits is said, once per picture", async () => {
  enterWith("12-in-16-bit.png", "16-bit.png");
  const note = /The picture "12-in-16-bit\.png" has 16 bits per sample and uses 12 of them/;
  const line = "12-in-16-bit.png 16-bit.png --preprocess unit";
  const explained = await run(...words(`explain net.onnx ${line}`));
  expect(explained.err).toMatch(note);
  expect(explained.err.match(/16 bits per sample/g)).toHaveLength(1);
  const compared = await run(...words(`compare net.onnx ${line} --methods lrp,gradient`));
  expect(compared.err).toMatch(note);
  expect(compared.err.match(/16 bits per sample/g)).toHaveLength(1);
  const { out, err } = await run(...words(`explain net.onnx ${line} --json`));
  expect(err).not.toMatch(/16 bits/);
  expect(JSON.parse(out).inputs.map(({ notes }: { notes: string[] }) => notes)).toEqual([
    [expect.stringMatching(note)],
    [],
  ]);
});
