/** Files and words that are made to do harm: a sentence and an exit code each, and nothing outside of --out. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { printable } from "../src/console.ts";
import { fileNamePart } from "../src/file-name-part.ts";
import { untilInterrupted } from "../src/interrupt.ts";
import { enterWithNetwork, launch, run, stack, words } from "./shared.ts";

const explain = "explain vgg.onnx dotted-disc.png";

/** Runs in a folder with a network and two pictures, and expects a sentence. */
async function refused(line: string, code: number, sentence: RegExp): Promise<void> {
  const { code: found, err } = await run(...words(line));
  expect(err).toMatch(sentence);
  expect(err).not.toMatch(/in onnx-lrp itself/);
  expect(err).not.toMatch(stack);
  expect(found).toBe(code);
}

describe("options without a value that can be meant", () => {
  test.each([
    ...["size", "low", "high", "layer", "baseline", "rules", "against"].map((name) => `--${name}`),
    ...["method", "target", "out", "epsilon", "samples", "labels", "provider"].map((name) => `--${name}`),
    ...["epsilon", "gamma", "noise", "seed", "out", "labels", "target"].map((name) => `--${name}=`),
    '--out ""',
    '--epsilon " "',
    "--epsilon=Infinity",
    "--epsilon=1e300 --composite epsilon",
    "--epsilon=NaN",
    "--gamma 1e999",
    "--seed=1e300",
    "--seed 1.5",
    "--samples=1e9 --method rise",
    "--samples=9007199254740993 --method smoothgrad",
    "--samples=1e9 --method kernel-shap",
    "--threads many",
    "--npy=maybe",
    "--json=x",
    "--squash=2",
    "--target.x=1",
    "--inputs.x=1",
    "--constructor",
    "--__proto__=1",
    "--size 100000x100000",
    "--provider (",
    '--provider "[cuda"',
    "--provider .*",
  ])("explain %s", async (option) => {
    enterWithNetwork();
    await refused(`${explain} ${option}`, 2, /^onnx-lrp: \S/);
    expect(existsSync("explanations")).toBe(false);
  });

  test.each(['explain vgg.onnx ""', 'explain "" dotted-disc.png', 'evaluate vgg.onnx ""', 'inspect ""'])(
    "%s",
    async (line) => {
      enterWithNetwork();
      await refused(line, 2, /An argument is empty/);
    },
  );

  test("compile, compare and evaluate look too", async () => {
    enterWithNetwork();
    await refused("compile vgg.onnx -o x.onnx --size", 2, /--size needs a value/);
    await refused('compare vgg.onnx dotted-disc.png --out ""', 2, /--out needs a value/);
    await refused("evaluate vgg.onnx scenes:2 --limit=", 2, /--limit needs a value/);
    expect(readdirSync(".").some((name) => name.startsWith(".") || name === "x.onnx")).toBe(false);
  });
});

describe("names from files", () => {
  test.each([
    ["/../../outside/evil", "outside-evil"],
    ["../up", "up"],
    ["a/b\\c", "a-b-c"],
    ["..", "otherwise"],
    ["", "otherwise"],
    ["\u001b]0;title\u0007", "]0;title-"],
    ["<script>", "script-"],
    ["z\u00e4hler \u65e5\u672c", "z\u00e4hler \u65e5\u672c"],
    ["n".repeat(10_000), "n".repeat(120)],
  ])("%o is a part of a file's name as %o", (name, part) => {
    expect(fileNamePart(name, "otherwise")).toBe(part);
  });

  test("a rules file's name leads nowhere else", async () => {
    enterWithNetwork();
    writeFileSync("r.json", '{"name":"/../../outside/evil","layers":[{"rule":"zplus"}]}');
    mkdirSync("results");
    const { code } = await run(...words(`${explain} --rules r.json --out results --npy`));
    expect(code).toBe(0);
    expect(readdirSync("..").includes("outside")).toBe(false);
    expect(readdirSync(".").sort()).toEqual([
      "dotted-disc.png",
      "r.json",
      "results",
      "striped-star.png",
      "vgg.onnx",
    ]);
    expect(readdirSync("results").filter((name) => name.includes("sglrp-outside-evil"))).toHaveLength(3);
  });

  test("what steers a terminal or forges a line is not printed", () => {
    expect(printable("a\u001b[31mb\u009bc\nonnx-lrp: forged\r\u2028\u202e.")).toBe(
      "a [31mb c onnx-lrp: forged   .",
    );
    expect(printable("tab\tumlaut \u00e4")).toBe("tab\tumlaut \u00e4");
  });
});

test.skipIf(process.platform === "win32")(
  "devices and pipes are refused wherever a file is read",
  async () => {
    enterWithNetwork();
    for (const name of ["z.png", "z.npy", "z.npz", "z.json", "z.txt"]) symlinkSync("/dev/zero", name);
    execFileSync("mkfifo", ["f.png", "f.json", "f.csv"]);
    const kind = /is not a file, but a pipe or a device/;
    for (const file of ["z.png", "z.npy", "z.npz", "f.png"])
      await refused(`explain vgg.onnx ${file}`, 1, kind);
    for (const option of [
      "--labels z.json",
      "--rules z.json",
      "--preprocess z.json",
      "--preprocess f.json",
    ]) {
      await refused(`${explain} ${option}`, 2, kind);
    }
    await refused(`${explain} --baseline z.png`, 1, kind);
    await refused("evaluate vgg.onnx f.csv --methods edge --out run", 2, kind);
    await refused("evaluate vgg.onnx z.json --methods edge --out run", 2, kind);
    await refused("evaluate vgg.onnx scenes:2 --wnids z.txt --methods edge --out run", 2, kind);
  },
);

test.skipIf(process.platform === "win32")("pipes and devices among the pictures of a data set", async () => {
  enterWithNetwork();
  mkdirSync("data/1", { recursive: true });
  copyFileSync("dotted-disc.png", "data/1/a.png");
  symlinkSync("/dev/zero", "data/1/z.png");
  execFileSync("mkfifo", ["data/1/f.png"]);
  const list = [
    { file: "dotted-disc.png", label: 1 },
    { file: "data/1/f.png", label: 1 },
    { file: "striped-star.png", label: 1, mask: "data/1/f.png" },
  ];
  writeFileSync("list.json", JSON.stringify(list));
  for (const [data, folder] of [
    ["data", "one"],
    ["list.json", "other"],
  ]) {
    const line = `evaluate vgg.onnx ${data} --methods edge --metrics sparseness --out ${folder}`;
    const { code, out, err } = await run(...words(line));
    expect(out, err).toMatch(/^1 picture, .* 2 could not be used$/m);
    expect(code).toBe(0);
    const summary = readFileSync(`${folder}/summary.json`, "utf8");
    expect(summary.match(/not a file, but a pipe or a device/g)).toHaveLength(2);
  }
});

test("a second Ctrl-C ends the process at once", async () => {
  const exit = vi.spyOn(process, "exit").mockImplementation((() => {}) as () => never);
  try {
    await untilInterrupted(async (signal) => {
      process.emit("SIGINT");
      expect(signal.aborted).toBe(true);
      expect(exit).not.toHaveBeenCalled();
      process.emit("SIGINT");
      expect(exit).toHaveBeenCalledWith(130);
    });
  } finally {
    exit.mockRestore();
  }
});

test("JSON that is nested 100,000 deep", async () => {
  enterWithNetwork();
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  writeFileSync("p.json", `{"scale":${deep},"mean":[0],"std":[1]}`);
  writeFileSync("r.json", `{"layers":${deep}}`);
  writeFileSync("l.json", deep);
  await refused(`${explain} --preprocess p.json`, 2, /"scale" must be a number/);
  await refused(`${explain} --rules r.json`, 2, /In the rules file "r\.json" layers/);
  await refused(`${explain} --labels l.json`, 2, /label file "l\.json"/);
});

test("labels with the index 4294967294", async () => {
  enterWithNetwork();
  writeFileSync("l.json", '{"0":"a","4294967294":"b"}');
  await refused(`${explain} --labels l.json`, 2, /every index 0, 1/);
});

test("rules of 50,000 entries", async () => {
  enterWithNetwork();
  writeFileSync("r.json", JSON.stringify({ layers: Array(50_000).fill({ name: "none", rule: "zplus" }) }));
  await refused(`${explain} --rules r.json`, 2, /a list of at most 2000 entries/);
});

test.skipIf(process.platform !== "linux")("--out where no folder can be made", async () => {
  enterWithNetwork();
  await refused(`${explain} --out /proc/x/y`, 6, /cannot be (written|made)|not allow/);
});

/** Signals a long run once it has begun: its first words are that the model says nothing of its preprocessing. */
function signalled(name: "SIGINT" | "SIGTERM") {
  const network = fileURLToPath(new URL("../../../test/exporters/networks/base.onnx", import.meta.url));
  const args = [
    "explain",
    network,
    "dotted-disc.png",
    ...words("--method rise --samples 100000 --threads 1"),
  ];
  return launch(args, {
    started: (child) => child.stderr?.once("data", () => setTimeout(() => child.kill(name), 300)),
  });
}

test("Ctrl-C between two passes of one picture ends with 130", async () => {
  enterWithNetwork();
  const { code, err } = await signalled("SIGINT");
  expect(err).toMatch(/interrupted; 0 of 1 inputs were explained/);
  expect(code).toBe(130);
});

test.skipIf(process.platform === "win32")("SIGTERM says so", async () => {
  enterWithNetwork();
  const { code, err } = await signalled("SIGTERM");
  expect(err).toMatch(/^onnx-lrp: terminated \(SIGTERM\)/m);
  expect(code).toBe(143);
});
