import { percent } from "@onnx-lrp/pictures/internal";
import type { Answer, Candidate, NetworkSummary } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";
import { numberText } from "./words.ts";

interface ChipsProps {
  readonly controller: Controller;
  readonly state: PageState;
  readonly answer: Answer;
  readonly summary: NetworkSummary;
}

/** What the network says: a click explains it, and one in the second row what it is contrasted with. */
export function Chips({ controller, state, answer, summary }: ChipsProps) {
  const { target, against } = state;
  const { top } = answer;
  const asked = typeof target === "string" ? target : undefined;
  const present = (asked ?? (target === undefined ? top[0]?.target : undefined)) || "";
  const others = top.filter((one) => one.target !== present);
  const contrasts = summary.answers === "classes" && others.length > 0 && !answer.isNumber;
  const isOther = present !== "" && !top.some((one) => one.target === present);
  return (
    <div class="question">
      <fieldset class="asked" aria-label="What is explained">
        <span class="lead">Why</span>
        <div class="chips">
          {top.map((one) => (
            <Chip
              key={one.target}
              one={one}
              isNumber={answer.isNumber}
              pressed={one.target === present}
              onClick={() => controller.explain(one.target)}
            />
          ))}
          {(isOther || typeof target === "object") && (
            <span class="chip here" aria-current="true">
              {answer.name}
              {answer.where !== undefined && <i> {answer.where}</i>}
            </span>
          )}
          {summary.answers === "classes" && <OtherClass controller={controller} labels={summary.labels} />}
        </div>
      </fieldset>
      {contrasts && (
        <fieldset class="asked against" aria-label="What it is contrasted with">
          <span class="lead">rather than</span>
          <div class="chips">
            <button
              type="button"
              class="chip"
              aria-pressed={against === undefined}
              onClick={() => controller.contrast(undefined)}
            >
              anything else
            </button>
            {others.map((one) => (
              <button
                key={one.target}
                type="button"
                class="chip"
                aria-pressed={against === one.target}
                onClick={() => controller.contrast(one.target)}
              >
                {one.name}
              </button>
            ))}
          </div>
        </fieldset>
      )}
    </div>
  );
}

interface ChipProps {
  readonly one: Candidate;
  readonly isNumber: boolean;
  readonly pressed: boolean;
  readonly onClick: () => void;
}

function Chip({ one, isNumber, pressed, onClick }: ChipProps) {
  const { name, probability, places } = one;
  return (
    <button type="button" class="chip" aria-pressed={pressed} onClick={onClick}>
      {name} <i>{isNumber ? numberText(probability) : percent(probability)}</i>
      {places !== undefined && <i> at {places.toLocaleString("en-US")}</i>}
    </button>
  );
}

/** Any class by its name or number. */
function OtherClass({ controller, labels }: { controller: Controller; labels: readonly string[] }) {
  return (
    <form
      class="other"
      onSubmit={(event) => {
        event.preventDefault();
        const input = event.currentTarget.querySelector("input");
        const text = input?.value.trim() ?? "";
        if (text === "") return;
        controller.explain(text);
        if (input !== null) input.value = "";
      }}
    >
      <input list="labels" placeholder="another class" aria-label="Another class, by name or number" />
      <datalist id="labels">
        {labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
    </form>
  );
}
