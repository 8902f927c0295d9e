/** The names of options, for programs in JavaScript: a name that there is not would do nothing, silently. */
import type { SessionOptions } from "@onnx-lrp/node";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { closest } from "fastest-levenshtein";
import type { CompareOptions } from "../compare/compare.ts";
import type { EvaluateOptions } from "../evaluate/evaluate.ts";
import type { NetworkOptions } from "../known-network.ts";
import { methodSettings, type Names, sharedSettings } from "../method-setting-names.ts";
import type { ExplainOptions } from "../options.ts";
import type { OpenOptions } from "./open-network.ts";

const network: Names<NetworkOptions> = {
  ...{ preprocess: true, squash: true, size: true, low: true, high: true },
  ...{ input: true, feeds: true, layout: true },
};
const session: Names<SessionOptions> = {
  ...{ providers: true, threads: true, sessionOptions: true, onFallback: true },
};
const call = { signal: true, onProgress: true } as const;
const asked = { target: true, against: true, bands: true } as const;

const open: Names<OpenOptions> = { ...network, ...session, labels: true };
const explain: Names<ExplainOptions> = {
  ...methodSettings,
  ...call,
  ...asked,
  batchSize: true,
  backdrop: true,
};
const compare: Names<CompareOptions> = { ...sharedSettings, ...call, ...asked, methods: true };
const evaluate: Names<EvaluateOptions> = {
  ...{ ...sharedSettings, ...call, methods: true, metrics: true, folder: true, resume: true, workers: true },
  ...{ limit: true, sample: true, kind: true, allowOutside: true, wnids: true, randomization: true },
  onNote: true,
};
const compile = { ...methodSettings, weights: true, contrast: true } as const;

const known = {
  openNetwork: open,
  explain,
  explainEach: explain,
  inspect: methodSettings,
  compile,
  compare,
  evaluate,
};

/** @throws UserError `usage` for an option that a call does not have */
export function checkNames(name: keyof typeof known, options: object = {}): void {
  const names = Object.keys(known[name]);
  if (typeof options !== "object" || options === null) {
    throw new UserError("usage", `The options of ${name} must be an object; got ${String(options)}.`);
  }
  for (const option of Object.keys(options)) {
    if (names.includes(option)) continue;
    throw new UserError("usage", `${name} has no option "${option}".`, {
      subject: { option },
      remedies: [textRemedy(`write ${closest(option, names)}, if you mean that`)],
    });
  }
}
