/** Options of onnxruntime sessions. */
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Options } from "yargs";

/** Of all commands that run onnxruntime; `main` heeds it. */
export const runtimeOption = {
  runtime: {
    choices: ["native", "wasm"],
    describe:
      "onnxruntime-node, or the wasm of onnxruntime-web if that is installed [default: native, or wasm where that cannot be loaded]",
  },
} as const satisfies Record<string, Options>;

/** Of commands that run a network on inputs. */
export const sessionOptions = {
  ...runtimeOption,
  provider: {
    type: "string",
    default: "cpu",
    describe: "Execution provider of onnxruntime: cpu, cuda, ...; several separated by commas",
  },
  threads: { type: "number", describe: "Threads of onnxruntime [default: one per core]" },
} as const satisfies Record<string, Options>;

/** @throws UserError `usage` for anything but an integer from 1 to 1024 */
export function checkThreads(threads: number | undefined): number | undefined {
  if (threads === undefined) return undefined;
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new UserError("usage", `--threads must be an integer from 1 to 1024; got ${threads}.`);
  }
  return threads;
}

/**
 * @returns the names of execution providers, in order of preference
 * @throws UserError `usage` for an empty name
 */
export function parseProviders(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  // Names are of letters and digits: what else there is would be looked for in onnxruntime's messages.
  if (!names.every((name) => /^[A-Za-z]\w{0,63}$/.test(name))) {
    throw new UserError(
      "usage",
      `--provider must be names separated by commas, such as cuda,cpu; got "${text}".`,
    );
  }
  return names;
}
