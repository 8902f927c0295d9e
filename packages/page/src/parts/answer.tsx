import type { NetworkSummary } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";
import { Chips } from "./chips.tsx";
import { Downloads } from "./downloads.tsx";
import { GraphPart } from "./graph.tsx";
import { MapPart } from "./map.tsx";
import { MethodLine } from "./method-line.tsx";
import { Numbers } from "./numbers.tsx";

interface AnswerProps {
  readonly controller: Controller;
  readonly state: PageState;
  readonly summary: NetworkSummary;
}

/** The map, with what can be asked of it. */
export function Answer({ controller, state, summary }: AnswerProps) {
  const { answer, working } = state;
  const shown = answer.kind === "shown" ? answer.answer : undefined;
  // A method that only asks for scores takes no way through the network.
  const used = state.methods.find(({ name }) => name === shown?.method);
  const hasGraph = used?.blackBox === false;
  return (
    <div class="answer">
      {shown !== undefined && (
        <Chips controller={controller} state={state} answer={shown} summary={summary} />
      )}
      <MethodLine controller={controller} state={state} summary={summary} />
      <Progress working={working} first={shown === undefined} controller={controller} />
      {shown !== undefined && (
        <>
          <div class="seen">
            <MapPart controller={controller} state={state} answer={shown} summary={summary} />
            <Numbers answer={shown} summary={summary} />
          </div>
          <Downloads answer={shown} state={state} summary={summary} controller={controller} />
          {hasGraph && <GraphPart controller={controller} state={state} answer={shown} />}
        </>
      )}
    </div>
  );
}

interface ProgressProps {
  readonly working: PageState["working"];
  readonly first: boolean;
  readonly controller: Controller;
}

function Progress({ working, first, controller }: ProgressProps) {
  const passes = working?.passes;
  if (working === undefined) return first ? <p class="waiting">Nothing was explained.</p> : null;
  if (passes === undefined) return <p class="progress">{first ? "Explaining…" : "\u00a0"}</p>;
  return (
    <p class="progress">
      <progress value={passes.done} max={passes.total} />{" "}
      <span>
        {passes.done} of {passes.total} passes
      </span>{" "}
      <button type="button" class="link" onClick={() => controller.cancel()}>
        Cancel
      </button>
    </p>
  );
}
