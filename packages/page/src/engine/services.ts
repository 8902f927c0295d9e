/** What the worker does for the page. */
import { type InspectedExplanation, type MethodName, methodNames, methods } from "@onnx-lrp/core";
import { type HostedNetwork, hostNetwork } from "@onnx-lrp/network/portable";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { chooseLabels } from "@onnx-lrp/pictures/internal";
import { answerOf } from "./answer.ts";
import type { MethodChoice, MethodEntry, NetworkSummary, Question } from "./engine.ts";
import { type OpenFile, openFiles, openSession, runsOn } from "./host.ts";
import { pictureSource } from "./picture-source.ts";
import type { CallName, Calls } from "./protocol.ts";
import { summaryOf } from "./summary.ts";
import { targetAt } from "./target-at.ts";

type Services = {
  readonly [N in CallName]: (
    asks: Calls[N]["asks"],
    onPasses: (done: number, total: number) => void,
  ) => Promise<Calls[N]["gives"]>;
};

interface Opened extends OpenFile {
  readonly hosted: HostedNetwork;
  readonly head: InspectedExplanation["graph"]["head"];
  readonly summary: NetworkSummary;
}

/** Methods that only ask for scores. */
const blackBox: ReadonlySet<string> = new Set(["perturbation", "control"]);

export function createServices(): Services {
  let opened: Opened | undefined;
  const current = (): Opened => {
    if (opened !== undefined) return opened;
    throw new UserError("usage", "No network is open.", { remedies: [textRemedy("open one")] });
  };

  return {
    methods: async () => methodNames.map(methodEntry),
    async open(files) {
      await opened?.hosted.close();
      opened = undefined;
      const file = await openFiles(files);
      const hosted = hostNetwork(file.known, { labels: undefined, openSession: openSession(file.known) });
      const analysis = await hosted.inspect();
      const { head } = analysis.graph;
      const labels = chooseLabels(undefined, head.classes, file.known.description)?.value ?? [];
      const summary = summaryOf({ known: file.known, bytes: file.bytes, analysis, labels, runsOn: runsOn() });
      opened = { ...file, hosted, head, summary };
      return summary;
    },
    async explain({ picture, question }, onPasses) {
      const { hosted, head, summary } = current();
      const started = performance.now();
      const { layer, against } = question;
      const source = await pictureSource(picture);
      const settings = { ...settingsOf(question), ...(layer === undefined ? {} : { backTo: layer }) };
      const target = await targetOf(question, (one) => hosted.explain(source, { ...settings, target: one }));
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
      const analysis = await current().hosted.inspect(settingsOf(choice));
      const { drawRelevanceGraph } = await import("@onnx-lrp/report/relevance-graph");
      const { canvasLetters } = await import("./letters.ts");
      const { graph, problems } = analysis;
      return drawRelevanceGraph(graph, { letters: canvasLetters(), style: "" }, { problems });
    },
    async compile({ contrast, ...choice }) {
      const { hosted, known, hash } = current();
      const { prepareExplanation } = await import("@onnx-lrp/core/internal");
      const { writeModel } = await import("@onnx-lrp/onnx-loader");
      const sourceHash = await hash();
      return hosted.withMethod(settingsOf(choice), async (options) => {
        const { model, platform } = { ...known.file, platform: known.platform };
        const { compiled } = await prepareExplanation(model, platform.runtime, {
          ...{ ...options, contrast, sourceHash },
        });
        return Uint8Array.from(writeModel(compiled.model));
      });
    },
  };

  /** The question's target as `--target` takes it; a pixel is asked for what is there. */
  async function targetOf(
    { target }: Question,
    explain: (target: string) => ReturnType<HostedNetwork["explain"]>,
  ): Promise<string> {
    const { head } = current();
    if (typeof target !== "object") return target ?? "top";
    if (head.boxes !== undefined) return `box:${target.x},${target.y}`;
    return targetAt(head, await explain("top"), target);
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
