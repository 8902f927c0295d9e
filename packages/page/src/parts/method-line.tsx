import { compositeNames } from "@onnx-lrp/core/names";
import type { NetworkSummary } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";

interface MethodLineProps {
  readonly controller: Controller;
  readonly state: PageState;
  readonly summary: NetworkSummary;
}

/** Method and rules, in a sentence. */
export function MethodLine({ controller, state, summary }: MethodLineProps) {
  const { methods, choice, answer } = state;
  const used = answer.kind === "shown" ? answer.answer : undefined;
  const name = choice.method ?? used?.method ?? summary.method;
  const method = methods.find((one) => one.name === name);
  const families = [...new Set(methods.map(({ family }) => family))];
  const composite = choice.composite ?? used?.composite ?? summary.composite;
  return (
    <p class="method">
      <label>
        by{" "}
        <select
          value={name}
          onChange={({ currentTarget }) => {
            const chosen = methods.find((one) => one.name === currentTarget.value);
            if (chosen !== undefined) controller.choose({ method: chosen.name, unknown: choice.unknown });
          }}
        >
          {families.map((family) => (
            <optgroup key={family} label={family}>
              {methods
                .filter((one) => one.family === family)
                .map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.name}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      {method?.byRules === true && (
        <label>
          {" with the rules "}
          <select
            value={composite}
            onChange={({ currentTarget }) => {
              const chosen = compositeNames.find((one) => one === currentTarget.value);
              controller.choose({ ...choice, method: method.name, composite: chosen });
            }}
          >
            {compositeNames.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      )}
      {method !== undefined && <span class="small">{method.summary}</span>}
    </p>
  );
}
