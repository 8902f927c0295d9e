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
      {open && refusal.blackBox && (
        <div>
          <p>
            A method that only asks the network for its scores explains it nevertheless. It asks many times,
            and takes a while.
          </p>
          <p class="buttons">
            {(["occlusion", "rise", "lime"] as const).map((method) => (
              <button
                key={method}
                type="button"
                class={method === "occlusion" ? "button strong" : "button"}
                onClick={() => controller.choose({ method })}
              >
                Explain with {method}
              </button>
            ))}
          </p>
        </div>
      )}
      {open && choice.method !== undefined && (
        <p class="buttons">
          <button type="button" class="button" onClick={() => controller.choose({})}>
            Back to the usual method
          </button>
        </p>
      )}
    </div>
  );
}
