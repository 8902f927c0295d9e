import { bytesText } from "@onnx-lrp/pictures/internal";
import { useState } from "preact/hooks";
import type { NetworkSummary } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";
import { shipped } from "../state/shipped.ts";
import { OpenFiles } from "./open-files.tsx";

const tasks = { classify: "names what is in a picture", detect: "finds boxes", segment: "names each pixel" };

/** The network, what it is in short, and those that can be chosen. */
export function NetworkPart({ controller, state }: { controller: Controller; state: PageState }) {
  const { network } = state;
  const [others, setOthers] = useState(false);
  const chosen = network.kind === "open" ? network.shipped : undefined;
  const listed = network.kind === "none" || others;
  return (
    <section class="part">
      <h2>Network</h2>
      {network.kind === "open" && <Summary summary={network.summary} />}
      {listed && (
        <ul class="shipped">
          {shipped.networks.map(({ name, title, task }) => (
            <li key={name}>
              <button
                type="button"
                class="row"
                aria-pressed={chosen === name}
                onClick={() => {
                  setOthers(false);
                  void controller.openShipped(name);
                }}
              >
                <b>{title}</b> <span>{tasks[task]}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="buttons">
        <OpenFiles
          accept=".onnx,.data,.bin,.json,.txt,.onnx_data"
          multiple
          label="Open an .onnx file, with its external data if it has any"
          onFiles={(files) => void controller.addFiles(files)}
        >
          Open an .onnx file
        </OpenFiles>
        {network.kind !== "none" && (
          <button type="button" class="link" aria-expanded={others} onClick={() => setOthers(!others)}>
            {others ? "Fewer" : "Others"}
          </button>
        )}
      </p>
    </section>
  );
}

const most = 4;

function Summary({ summary }: { summary: NetworkSummary }) {
  const { name, bytes, input, output, operations, runsOn } = summary;
  const rest = operations.length - most;
  return (
    <>
      <p class="name">
        <b>{name}</b> <span>{bytesText(bytes)}</span>
      </p>
      <dl class="facts">
        <dt>takes</dt>
        <dd>{input}</dd>
        <dt>gives</dt>
        <dd>{output}</dd>
        {operations.length > 0 && (
          <>
            <dt>through</dt>
            <dd>
              {operations
                .slice(0, most)
                .map(({ name: op, count }) => `${op} ${count}`)
                .join(", ")}
              {rest > 0 && `, ${rest} more ${rest === 1 ? "kind" : "kinds"}`}
            </dd>
          </>
        )}
        <dt>runs on</dt>
        <dd>{runsOn}</dd>
      </dl>
    </>
  );
}
