import type { Refusal } from "../engine/engine.ts";
import type { Controller } from "../state/controller.ts";

interface RefusedProps {
  readonly refusal: Refusal;
  /** What was refused. */
  readonly what: string;
  readonly controller: Controller;
  /** Whether the network is open, so that another method can be tried. */
  readonly open?: boolean;
}

/** Why something cannot be done, and what can. */
export function Refused({ refusal, what, controller, open = false }: RefusedProps) {
  const { choice } = controller.store.get();
  return (
    <div class="refused" role="alert">
      <h2>
        {what} cannot be explained{choice.method === undefined ? "" : ` by ${choice.method}`}.
      </h2>
      <p>{refusal.text}</p>
      {refusal.lacksData && <p>Drop the missing files too: they are added to the network.</p>}
      {open && refusal.methods.length > 0 && (
        <>
          <p>These methods only ask the network for its scores, many times, and need no rules:</p>
          <p class="buttons">
            {refusal.methods.map((method, i) => (
              <button
                key={method}
                type="button"
                class={i === 0 ? "button strong" : "button"}
                onClick={() => controller.choose({ method })}
              >
                {method}
              </button>
            ))}
          </p>
        </>
      )}
      {open && refusal.unknown.length > 0 && (
        <>
          <p>Or relevance goes through the operation without a rule:</p>
          <p class="buttons">
            {refusal.unknown.map((unknown) => (
              <button
                key={unknown}
                type="button"
                class="button"
                onClick={() => controller.choose({ ...choice, unknown })}
              >
                {unknown}
              </button>
            ))}
          </p>
        </>
      )}
      {open && (choice.method !== undefined || choice.unknown !== undefined) && (
        <p class="buttons">
          <button type="button" class="button" onClick={() => controller.choose({})}>
            Back to the usual method
          </button>
        </p>
      )}
    </div>
  );
}
