/** Errors in the words of the command line: options as flags, and commands to run. */
import type { ProgramWords } from "@onnx-lrp/network/internal";
import {
  anyOf,
  type Remedy,
  type RemedyWording,
  renderError,
  renderRemedies,
  type UserError,
} from "@onnx-lrp/onnx-loader/error";
import { shellLine } from "./shell.ts";

/** Flags whose name is not that of the option in TypeScript. */
const flags: Readonly<Record<string, string>> = {
  allowOutside: "allow-outside",
  backTo: "back-to",
  gammaDense: "gamma-dense",
  gammaFirst: "gamma-first",
  providers: "provider",
  "randomization.pictures": "randomization-pictures",
  "randomization.steps": "randomization-steps",
};

/** What a flag takes, where its form is not plain from the values. */
const forms: Readonly<Record<string, string>> = {
  size: "224 or --size HEIGHTxWIDTH",
};

/** An option of TypeScript as the command line's: `unknown` as `--unknown`. */
function flagOf(option: string): string {
  // The range of pixels is one option there, and two here.
  if (option === "pixels") return "--low and --high";
  return `--${flags[option] ?? option}`;
}

const commandLineWording: RemedyWording = {
  setOption: (option, values) => {
    const form =
      values === undefined ? forms[option] : anyOf(values.map((value) => shellLine([String(value)])));
    return `use ${flagOf(option)}${form === undefined ? "" : ` ${form}`}`;
  },
  omitOption: (option) => `leave out ${flagOf(option)}`,
  inspect: (nodes) => `run onnx-lrp inspect${nodes ? " --nodes" : ""}`,
  explain: "run onnx-lrp explain to make its maps",
  addOperator: 'add the operation to onnx-lrp (CONTRIBUTING.md, "Add an operator")',
};

/** What is said of any error that a user can meet, by the command line. */
export function errorText(error: UserError): string {
  return renderError(error, commandLineWording);
}

/** For what is worded in libraries. */
export const commandLineWords: ProgramWords = { error: errorText, option: flagOf };

/** What to do, in sentences. */
export function remedyText(remedies: readonly Remedy[]): string {
  return renderRemedies(remedies, commandLineWording);
}
