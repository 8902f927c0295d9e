import { encodeNpy } from "@onnx-lrp/pictures";
import { useState } from "preact/hooks";
import type { Answer, NetworkSummary } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";
import { saveFile } from "../state/save-file.ts";
import { commandLine } from "./command-line.ts";

interface DownloadsProps {
  readonly answer: Answer;
  readonly state: PageState;
  readonly summary: NetworkSummary;
  readonly controller: Controller;
}

/** The map as files, the network with its explanation, and the command line that does the same. */
export function Downloads({ answer, state, summary, controller }: DownloadsProps) {
  const { picture, choice } = state;
  const [copied, setCopied] = useState(false);
  const [compiling, setCompiling] = useState(false);
  const method = state.methods.find(({ name }) => name === answer.method);
  const stem = stemOf(answer, picture?.name ?? "input");
  const line = commandLine(answer, choice, summary, picture?.name ?? "picture.png", {
    shipped: state.network.kind === "open" ? state.network.shipped : undefined,
  });
  async function compile(): Promise<void> {
    setCompiling(true);
    try {
      await controller.compile(`${summary.name.replace(/\.onnx$/, "")}.${answer.method}.onnx`);
    } finally {
      setCompiling(false);
    }
  }
  return (
    <section class="downloads" aria-label="Downloads">
      <p class="buttons">
        <span class="lead">Keep it</span>
        <button type="button" class="link" onClick={() => void savePng(`${stem}.png`)}>
          PNG
        </button>
        <button
          type="button"
          class="link"
          onClick={() =>
            saveFile(
              `${stem}.npy`,
              new Blob([Uint8Array.from(encodeNpy(answer.relevance, [1, ...answer.shape]))]),
            )
          }
        >
          .npy
        </button>
        {method?.blackBox !== true && (
          <button type="button" class="link" disabled={compiling} onClick={() => void compile()}>
            {compiling ? "Compiling…" : "compiled .onnx"}
          </button>
        )}
      </p>
      <p class="line">
        <code>{line}</code>
        <button
          type="button"
          class="link"
          onClick={async () => {
            await navigator.clipboard.writeText(line);
            setCopied(true);
            setTimeout(() => setCopied(false), 2000);
          }}
        >
          {copied ? "Copied" : "Copy"}
        </button>
      </p>
    </section>
  );
}

async function savePng(name: string): Promise<void> {
  const map = document.querySelector("figure.map onnx-lrp-map");
  if (map !== null && "png" in map && typeof map.png === "function") saveFile(name, await map.png());
}

function stemOf({ name, method, against }: Answer, picture: string): string {
  const part = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  const not = against === undefined ? "" : `-not-${part(against)}`;
  return `${picture.replace(/\.[^.]*$/, "")}.${method}.${part(name)}${not}`;
}
