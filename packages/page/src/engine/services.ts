/** What the worker does for the page. */
import { type InspectedExplanation, type MethodName, methodNames, methods } from "@onnx-lrp/core";
import type { ExplainedInput } from "@onnx-lrp/network/portable";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { chooseLabels } from "@onnx-lrp/pictures/internal";
import { type OpenedHere, openHere } from "@onnx-lrp/web/host";
import { answerOf } from "./answer.ts";
import type { MethodChoice, MethodEntry, NetworkSummary, Question } from "./engine.ts";
import type { CallName, Calls } from "./protocol.ts";
import { summaryOf } from "./summary.ts";
import { targetAt } from "./target-at.ts";

type Services = {
  readonly [N in CallName]: (
    asks: Calls[N]["asks"],
    onPasses: (done: number, total: number) => void,
  ) => Promise<Calls[N]["gives"]>;
};

interface Opened {
  readonly here: OpenedHere;
  readonly head: InspectedExplanation["graph"]["head"];
  readonly summary: NetworkSummary;
}

/** What the network says of a picture. */
interface Scored {
  readonly key: string;
  readonly said: Pick<ExplainedInput, "logits" | "view">;
}

/** Methods that only ask for scores. */
const blackBox: ReadonlySet<string> = new Set(["perturbation", "control"]);

export function createServices(): Services {
  let opened: Opened | undefined;
  let scored: Scored | undefined;
  const current = (): Opened => {
    if (opened !== undefined) return opened;
    throw new UserError("usage", "No network is open.", { remedies: [textRemedy("open one")] });
  };

  return {
    methods: async () => methodNames.map(methodEntry),
    async open(files) {
      await opened?.here.network.close();
      opened = undefined;
      scored = undefined;
      const [model, ...beside] = files;
      if (model === undefined) throw new UserError("model", "There is no network among the files.");
      const here = await openHere(model, { files: beside });
      const { known, network } = here;
      const analysis = await network.inspect();
      const { head } = analysis.graph;
      const labels = chooseLabels(undefined, head.classes, known.description)?.value ?? [];
      const summary = summaryOf({ known, bytes: model.size, analysis, labels, provider: here.provider });
      opened = { here, head, summary };
      return summary;
    },
    async explain({ picture, question }, onPasses) {
      const { here, head, summary } = current();
      const hosted = here.network;
      const started = performance.now();
      const { layer, against } = question;
      const source = here.files.add(picture);
      const settings = { ...settingsOf(question), ...(layer === undefined ? {} : { backTo: layer }) };
      const target = await targetOf(question, async () => {
        const key = `${picture.name} ${picture.size} ${picture.lastModified}`;
        if (scored?.key !== key)
          scored = { key, said: await hosted.explain(source, { ...settings, target: "top" }) };
        return scored.said;
      });
      const explained = await hosted.explain(source, {
        ...settings,
        target,
        against,
        onProgress: ({ passes, totalPasses }) => totalPasses > 0 && onPasses(passes, totalPasses),
      });
      const milliseconds = performance.now() - started;
      return answerOf({ explained, head, summary, question: { ...question, target }, milliseconds });
    },
    async drawGraph(choice) {
      const analysis = await current().here.network.inspect(settingsOf(choice));
      const { drawRelevanceGraph } = await import("@onnx-lrp/report/relevance-graph");
      const { canvasLetters } = await import("./letters.ts");
      const { graph, problems } = analysis;
      return drawRelevanceGraph(graph, { letters: canvasLetters(), style: "" }, { problems });
    },
    async compile({ contrast, ...choice }) {
      const { network, compile } = current().here;
      return network.withMethod(settingsOf(choice), (options) => compile({ ...options, contrast }));
    },
  };

  /** The question's target as `--target` takes it; a pixel is asked for what is there. */
  async function targetOf({ target }: Question, askScores: () => Promise<Scored["said"]>): Promise<string> {
    const { head } = current();
    if (typeof target !== "object") return target ?? "top";
    if (head.boxes !== undefined) return `box:${target.x},${target.y}`;
    return targetAt(head, await askScores(), target);
  }
}

/** Those that were chosen: explainers are kept by their settings. */
function settingsOf({ method, composite, unknown }: MethodChoice): MethodChoice {
  return {
    ...(method === undefined ? {} : { method }),
    ...(composite === undefined ? {} : { composite }),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function methodEntry(name: MethodName): MethodEntry {
  const { family, summary, source, kind } = methods[name];
  return {
    ...{ name, family, summary, source },
    byRules: kind === "relevance",
    blackBox: blackBox.has(family),
  };
}
