import type { OutputPort, ScoreKind } from "./output-port.ts";

/** The port of a plain classifier, [N, classes]: for scorers that are no network of a file. */
export function classScores(output: string, classes: number, kind: ScoreKind = "softmax"): OutputPort {
  return {
    ...{
      output,
      logits: output,
      dims: [{ times: 1 }, classes],
      form: "classes",
      classes,
      classAxis: 1,
      kind,
    },
    own: undefined,
    kindSource: { by: "graph", why: "its author says so" },
    through: [],
    others: [],
  };
}
