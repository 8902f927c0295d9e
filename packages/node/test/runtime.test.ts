import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "@onnx-lrp/onnx-loader";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { loadRuntime } from "../src/runtime.ts";

const vgg = fileURLToPath(new URL("../../../models/networks/vgg.onnx", import.meta.url));

/** A machine with these packages. */
const machine =
  (...installed: readonly string[]) =>
  (name: string) => {
    if (installed.includes(name)) return ort;
    throw new Error(`Cannot find ${name}\nRequire stack: ...`);
  };

/** In a process of its own, since the choice of a runtime holds for a process. */
test("wasm gives the maps of the native runtime, with the weights of the file", () => {
  const program = `
    import { openExplainer, useRuntime } from "${new URL("../dist/index.js", import.meta.url)}";
    useRuntime("wasm");
    const explainer = await openExplainer(process.argv[1], { threads: 1, pixels: { low: [-3, -3, -3], high: [3, 3, 3] } });
    const picture = Float32Array.from({ length: 3 * 128 * 128 }, (_, i) => Math.sin(i));
    const [result] = await explainer.explain([picture], [[2]]);
    console.log(JSON.stringify([...result.explanations[0].relevance]));`;
  const run = (text: string) => {
    const args = ["--input-type=module", "--eval", text, vgg];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
    expect(stderr).toBe("");
    return Float32Array.from(JSON.parse(stdout));
  };
  expect(run(program)).toBeNear(run(program.replace('"wasm"', '"native"')), 1e-4);
});

describe("the runtime", () => {
  test("is the native one where it can be loaded", () => {
    const { kind, notice } = loadRuntime(undefined, machine("onnxruntime-node", "onnxruntime-web"));
    expect([kind, notice]).toEqual(["native", undefined]);
  });

  test("is wasm where it cannot, which is said in a sentence", () => {
    expect(loadRuntime(undefined, machine("onnxruntime-web"))).toMatchObject({
      kind: "wasm",
      notice:
        "onnxruntime-node cannot be loaded (Cannot find onnxruntime-node); onnxruntime-web's wasm runs the network, which takes longer.",
    });
  });

  test("is wasm on demand, without a word", () => {
    const { kind, notice } = loadRuntime("wasm", machine("onnxruntime-node", "onnxruntime-web"));
    expect([kind, notice]).toEqual(["wasm", undefined]);
  });

  test("that was asked for is not replaced by the other", () => {
    const error = userErrorOf(() => loadRuntime("wasm", machine("onnxruntime-node")));
    expect(error).toMatchObject({ kind: "usage", subject: { option: "runtime" } });
    expect(error.message).toMatch(/Install the package onnxruntime-web\.$/);
  });

  test("is missing in a sentence that says what to install", () => {
    const error = userErrorOf(() => loadRuntime(undefined, machine()));
    expect(error).toBeInstanceOf(UserError);
    expect(error.kind).toBe("run");
    expect(error.message).toContain("onnxruntime-web");
  });
});
