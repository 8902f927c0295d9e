/** A network in the thread that asks for it; everything of it blocks that thread while it runs, so that it is for workers. */
import type { ExplainerOptions } from "@onnx-lrp/core";
import {
  type HostedNetwork,
  hostNetwork,
  type KnownNetwork,
  knowNetwork,
  type LabelledNetworkOptions,
} from "@onnx-lrp/network/portable";
import { createFiles, type NamedFiles } from "./files.ts";
import { describeModel, readModelBlob, type WebModel } from "./model-file.ts";
import { webPlatform } from "./platform.ts";
import { loadRuntime, type WebProvider, type WebSessionOptions } from "./runtime.ts";
import { sessionOpener } from "./session.ts";
import { blobOf, type ModelSource } from "./sources.ts";
import { warmUp } from "./warm-up.ts";

/** How a network is opened in a browser. */
export interface HostOptions extends LabelledNetworkOptions, WebSessionOptions {
  /** What lies beside the model, by its name: external data, labels, preprocessing, and whatever options name. */
  readonly files?: readonly File[] | undefined;
}

/** A network that is open in this thread. */
export interface OpenedHere {
  readonly known: KnownNetwork<WebModel>;
  readonly network: HostedNetwork;
  readonly files: NamedFiles;
  /** What it runs on. */
  readonly provider: WebProvider;
  /** The explanation model, its weights within it, with a method's options (`withMethod`). @throws UserError */
  compile(
    options: ExplainerOptions & { readonly contrast?: boolean | undefined },
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a network: finds its input and layout, how pictures are preprocessed, its labels and bounds, in the file and in those
 * given beside it.
 *
 * @throws UserError `model` for a file that cannot be read, `usage` for options that cannot be meant, `unsupported` for a
 * network without an input that could be explained
 */
export async function openHere(source: ModelSource, options: HostOptions = {}): Promise<OpenedHere> {
  const files = createFiles(options.files ?? []);
  const runtime = await loadRuntime(options);
  warmUp(runtime.ort);
  const file = await readModelBlob(await blobOf(source), files);
  const platform = webPlatform(runtime.ort, files);
  const known = await knowNetwork(platform, file, await describeModel(file, files), options);
  let provider = runtime.providers[0] ?? "wasm";
  const openSession = sessionOpener(runtime, file, (sentence) => {
    provider = "wasm";
    options.onFallback?.(sentence);
  });
  const network = hostNetwork(known, { labels: options.labels, openSession });
  return {
    ...{ known, network, files },
    get provider() {
      return provider;
    },
    async compile(chosen) {
      const { explanationBytes } = await import("./compile.ts");
      return explanationBytes(known, chosen);
    },
  };
}
