import { useEffect, useRef } from "preact/hooks";
import type { Answer } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { LayerState, PageState } from "../state/page-state.ts";
import { numberText } from "./words.ts";

interface GraphPartProps {
  readonly controller: Controller;
  readonly state: PageState;
  readonly answer: Answer;
}

/** The relevance graph, one click away; a click on a node shows the relevance that reached it. */
export function GraphPart({ controller, state, answer }: GraphPartProps) {
  const { graph, graphShown, layer } = state;
  return (
    <details
      class="graph"
      open={graphShown}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== graphShown) controller.showGraph(currentTarget.open);
      }}
    >
      <summary>The way relevance takes, layer by layer</summary>
      <div class="layers">
        {graph === undefined ? (
          <p class="waiting">Drawing…</p>
        ) : (
          <Drawing svg={graph.svg} controller={controller} chosen={layer?.value} />
        )}
        <div class="layer">
          {layer === undefined ? (
            <p class="small">Click on a node to see the relevance that reached what it makes.</p>
          ) : (
            <Layer layer={layer} picture={answer} probe={state.probe} />
          )}
        </div>
      </div>
    </details>
  );
}

interface DrawingProps {
  readonly svg: string;
  readonly controller: Controller;
  readonly chosen: string | undefined;
}

function Drawing({ svg, controller, chosen }: DrawingProps) {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    for (const node of parsed.querySelectorAll("[data-value]")) {
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
    }
    frame.current?.replaceChildren(document.importNode(parsed, true));
  }, [svg]);
  useEffect(() => {
    for (const node of frame.current?.querySelectorAll("[data-value]") ?? []) {
      node.classList.toggle("chosen", node.getAttribute("data-value") === chosen);
    }
  }, [svg, chosen]);
  const show = ({ target }: Event) => {
    const node = target instanceof Element ? target.closest("[data-value]") : null;
    const value = node?.getAttribute("data-value");
    if (value) controller.showLayer(value);
  };
  return (
    <section
      ref={frame}
      class="drawing"
      aria-label="Relevance graph"
      onClick={show}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        show(event);
      }}
    />
  );
}

interface LayerProps {
  readonly layer: LayerState;
  readonly picture: Answer;
  readonly probe: PageState["probe"];
}

function Layer({ layer, picture, probe }: LayerProps) {
  const { value } = layer;
  if (layer.kind === "waiting") return <p class="waiting">Back to {value}…</p>;
  if (layer.kind === "refused") {
    return (
      <p class="small" role="alert">
        {layer.refusal.text}
      </p>
    );
  }
  const { heatmap, shape, sum } = layer.answer;
  const flat = heatmap.width * heatmap.height === 1;
  return (
    <>
      <h3>{value}</h3>
      {flat ? (
        <p class="small">It has no height and width to lay over the picture.</p>
      ) : (
        <onnx-lrp-map
          label={`Relevance at ${value}`}
          picture={picture.picture}
          heatmap={heatmap}
          place={probe && { x: Math.floor(probe.x * heatmap.width), y: Math.floor(probe.y * heatmap.height) }}
          smoothing="none"
        />
      )}
      <dl>
        <dt>shape</dt>
        <dd>{shape.join(" x ")}</dd>
        <dt>sum</dt>
        <dd>{numberText(sum)}</dd>
        <dt>sum at the input</dt>
        <dd>{numberText(picture.sum)}</dd>
      </dl>
    </>
  );
}
