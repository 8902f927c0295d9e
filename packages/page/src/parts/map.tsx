import type { MapPlace, OnnxLrpMap } from "@onnx-lrp/web/map";
import { useEffect, useRef } from "preact/hooks";
import type { Answer, NetworkSummary } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";

interface MapPartProps {
  readonly controller: Controller;
  readonly state: PageState;
  readonly answer: Answer;
  readonly summary: NetworkSummary;
}

/** The map with its controls; of detectors and segmenters a click asks for what is there. */
export function MapPart({ controller, state, answer, summary }: MapPartProps) {
  const map = useRef<OnnxLrpMap>(null);
  const canChoose = summary.answers !== "classes";
  useEffect(() => {
    const element = map.current;
    if (element === null || !canChoose) return;
    const choose = (event: Event) => {
      if (!(event instanceof CustomEvent)) return;
      const { x, y }: MapPlace = event.detail;
      controller.explain({ x, y });
    };
    element.addEventListener("choose", choose);
    return () => element.removeEventListener("choose", choose);
  }, [controller, canChoose]);
  const { width, height } = answer.heatmap;
  useEffect(() => {
    const element = map.current;
    if (element === null) return;
    const probe = (event: Event) => {
      const place: MapPlace | null = event instanceof CustomEvent ? event.detail : null;
      controller.point(
        place === null ? undefined : { x: (place.x + 0.5) / width, y: (place.y + 0.5) / height },
      );
    };
    element.addEventListener("probe", probe);
    return () => element.removeEventListener("probe", probe);
  }, [controller, width, height]);
  const label = `Relevance for ${answer.name}${answer.against === undefined ? "" : `, not ${answer.against}`}`;
  const stale = state.working !== undefined ? "map stale" : "map";
  return (
    <figure class={stale}>
      <onnx-lrp-map ref={map} controls label={label} picture={answer.picture} heatmap={answer.heatmap}>
        <Boxes answer={answer} />
      </onnx-lrp-map>
      {canChoose && (
        <figcaption class="small">
          {summary.answers === "boxes"
            ? "A click on the picture explains the best box there."
            : "A click on the picture explains what the network takes that place for."}
        </figcaption>
      )}
    </figure>
  );
}

function Boxes({ answer }: { answer: Answer }) {
  const { heatmap, top, box } = answer;
  const boxes = top.flatMap((one) => (one.box === undefined ? [] : [one.box]));
  const all = box === undefined ? boxes : [...boxes, box];
  if (all.length === 0) return null;
  return (
    <svg class="boxes" viewBox={`0 0 ${heatmap.width} ${heatmap.height}`} aria-hidden="true">
      {all.map((one, i) => (
        <rect
          key={i}
          class={one === box ? "chosen" : undefined}
          x={one.left}
          y={one.top}
          width={Math.max(0, one.right - one.left)}
          height={Math.max(0, one.bottom - one.top)}
        />
      ))}
    </svg>
  );
}
