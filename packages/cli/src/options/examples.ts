import type { Argv } from "yargs";

/** Adds examples at the end of help, each command on a line of its own, so that it can be copied as it is. */
export function withExamples<T>(
  argv: Argv<T>,
  examples: readonly (readonly [command: string, what: string])[],
): Argv<T> {
  const lines = examples.flatMap(([command, what]) => [`  onnx-lrp ${command}`, `      ${what}`]);
  return argv.epilogue(["Examples:", ...lines].join("\n"));
}
