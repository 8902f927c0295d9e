import { useEffect, useState } from "preact/hooks";
import type { Controller } from "../state/controller.ts";
import { filesOf } from "../state/files.ts";
import { useStore } from "../state/store.ts";
import { Answer } from "./answer.tsx";
import { NetworkPart } from "./network.tsx";
import { PicturePart } from "./picture.tsx";
import { Refused } from "./refused.tsx";
import { Welcome } from "./welcome.tsx";

export function App({ controller }: { controller: Controller }) {
  const state = useStore(controller.store);
  const over = useDrops(controller);
  const { network, picture, answer, working } = state;
  return (
    <div class={over ? "app over" : "app"}>
      <header>
        <h1>onnx-lrp</h1>
        <p>Which pixels speak for a class, and which against it. Nothing leaves this machine.</p>
      </header>
      <div class="rooms">
        <aside>
          <NetworkPart controller={controller} state={state} />
          <PicturePart controller={controller} state={state} />
        </aside>
        <main aria-busy={working !== undefined || network.kind === "opening"}>
          {state.notice !== undefined && (
            <p class="notice" role="status">
              {state.notice}{" "}
              <button type="button" class="link" onClick={() => controller.say(undefined)}>
                Close
              </button>
            </p>
          )}
          {network.kind === "refused" ? (
            <Refused refusal={network.refusal} what={network.name} controller={controller} />
          ) : network.kind === "none" ? (
            <Welcome controller={controller} />
          ) : network.kind === "opening" ? (
            <p class="waiting">Opening {network.name}…</p>
          ) : answer.kind === "refused" && working === undefined ? (
            <Refused refusal={answer.refusal} what={network.summary.name} controller={controller} open />
          ) : picture === undefined ? (
            <p class="waiting">Now a picture: drop one anywhere, paste it, or choose one on the left.</p>
          ) : (
            <Answer controller={controller} state={state} summary={network.summary} />
          )}
        </main>
      </div>
      <footer>
        <p>
          The network runs in this page. Neither it nor the picture is sent anywhere: there is no server. Red
          speaks for the class, blue against it.
        </p>
      </footer>
    </div>
  );
}

/** Files that are dropped or pasted anywhere. @returns whether something is held over the page */
function useDrops(controller: Controller): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(event.type !== "dragleave" || event.relatedTarget !== null);
    };
    document.addEventListener("dragover", drag, { signal });
    document.addEventListener("dragleave", drag, { signal });
    document.addEventListener(
      "drop",
      (event) => {
        event.preventDefault();
        setOver(false);
        void controller.addFiles(filesOf(event.dataTransfer));
      },
      { signal },
    );
    document.addEventListener(
      "paste",
      (event) => {
        const files = filesOf(event.clipboardData);
        if (files.length > 0) void controller.addFiles(files);
      },
      { signal },
    );
    document.addEventListener("keydown", (event) => event.key === "Escape" && controller.cancel(), {
      signal,
    });
    return () => abort.abort();
  }, [controller]);
  return over;
}
