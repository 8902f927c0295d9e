/** What the worker does for the page: one network, and what is asked of it, one call after another. */
import type { PictureSource, Progress } from "@onnx-lrp/network/portable";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { inspectedNetwork } from "../host/inspect.ts";
import { type OpenedHere, openHere } from "../host/open.ts";
import { errorData, userErrorData } from "./error-data.ts";
import type { Call, Reply, Request, Results } from "./protocol.ts";
import { createSameObjects } from "./same-objects.ts";
import { buffersIn } from "./transfer.ts";

type Post = (reply: Reply, transfer?: Transferable[]) => void;

export function createServer(post: Post): (request: Request) => Promise<void> {
  const sameObjects = createSameObjects();
  let opened: OpenedHere | undefined;

  const network = (): OpenedHere => {
    if (opened !== undefined) return opened;
    throw new UserError("run", "The worker has no network.");
  };

  async function open({ model, options }: Extract<Call, { kind: "open" }>): Promise<Results["open"]> {
    const onFallback = (sentence: string) => post({ kind: "notice", sentence });
    opened = await openHere(model, { ...options, onFallback });
    const { known, provider } = opened;
    return { path: known.file.path, preprocess: { value: known.spec, source: known.specSource }, provider };
  }

  async function explain(
    { pictures, options }: Extract<Call, { kind: "explain" }>,
    onProgress: (progress: Progress) => void,
  ): Promise<Results["explain"]> {
    const { network: hosted, files } = network();
    const sources = pictures.map(
      (picture): PictureSource => (picture instanceof File ? files.add(picture) : picture),
    );
    const results = [];
    for await (const one of hosted.explainEach(sources, { ...sameObjects(options), onProgress }))
      results.push(one);
    return results;
  }

  async function answer(
    call: Call,
    onProgress: (progress: Progress) => void,
  ): Promise<Results[Call["kind"]]> {
    switch (call.kind) {
      case "open":
        return open(call);
      case "explain":
        return explain(call, onProgress);
      case "inspect": {
        const found = inspectedNetwork(await network().network.inspect(call.settings));
        return { ...found, problems: found.problems.map(userErrorData) };
      }
      case "compile": {
        const { contrast, ...settings } = call.settings;
        return network().network.withMethod(settings, (chosen) => network().compile({ ...chosen, contrast }));
      }
    }
  }

  return async ({ id, call }) => {
    try {
      const result = await answer(call, (progress) => post({ kind: "progress", id, progress }));
      post(
        { kind: "done", id, result },
        call.kind === "explain" || call.kind === "compile" ? buffersIn(result) : [],
      );
    } catch (error) {
      post({ kind: "failed", id, error: errorData(error) });
    }
  };
}
