import { type ErrorKind, UserError } from "@onnx-lrp/onnx-loader/error";

/** Documented in the README and in `--help`. */
export const exitCodes = {
  success: 0,
  /** Some inputs could not be explained; the others were. */
  someInputsFailed: 1,
  usage: 2,
  model: 3,
  unsupported: 4,
  run: 5,
  output: 6,
  interrupted: 130,
} as const;

export const exitCodeHelp =
  "Exit codes: 0 success; 1 an input could not be used (the others were explained); 2 wrong usage, or an unknown class; " +
  "3 the model cannot be read; 4 the model cannot be explained; 5 the run failed (provider, memory, scores that are " +
  "not finite); 6 a result could not be written; 130 interrupted.";

const codes: Readonly<Record<ErrorKind, number>> = {
  usage: exitCodes.usage,
  model: exitCodes.model,
  unsupported: exitCodes.unsupported,
  input: exitCodes.someInputsFailed,
  scores: exitCodes.run,
  run: exitCodes.run,
  output: exitCodes.output,
};

/** The exit code for an error; an unexpected one counts as a failed run. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UserError ? codes[error.kind] : exitCodes.run;
}
