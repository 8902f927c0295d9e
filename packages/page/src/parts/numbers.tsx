import { percent } from "@onnx-lrp/pictures/internal";
import type { Answer, NetworkSummary } from "../engine/engine.ts";
import { numberText } from "./words.ts";

/** The score, what the map sums to, and whom it was set against. */
export function Numbers({ answer, summary }: { answer: Answer; summary: NetworkSummary }) {
  const { name, where, against, probability, logit, sum, rivals, isNumber, box, convergenceDelta } = answer;
  const share = box?.positiveShare;
  return (
    <section class="numbers" aria-label="Numbers">
      <p class="verdict">
        {name}
        {where !== undefined && <span class="small"> {where}</span>}
        {against !== undefined && <span class="not"> not {against}</span>}
      </p>
      <p class="large">{isNumber ? numberText(probability) : percent(probability)}</p>
      <dl>
        {!isNumber && Number.isFinite(logit) && (
          <>
            <dt>logit</dt>
            <dd>{numberText(logit)}</dd>
          </>
        )}
        <dt>sum of the map</dt>
        <dd>{numberText(sum)}</dd>
        {convergenceDelta !== undefined && (
          <>
            <dt>misses the change of the logit by</dt>
            <dd>{numberText(convergenceDelta)}</dd>
          </>
        )}
        {share !== undefined && (
          <>
            <dt>of the positive relevance in the box</dt>
            <dd>{percent(share)}</dd>
          </>
        )}
      </dl>
      <p class="small">{sumWords(answer)}</p>
      {rivals.length > 0 && (
        <div class="rivals">
          <h3>What is subtracted</h3>
          <ul>
            {rivals.map((rival) => (
              <li key={rival.name}>
                <span>{rival.name}</span>
                <span class="share" aria-hidden="true">
                  <span style={{ width: `${100 * rival.weight}%` }} />
                </span>
                <span>{Math.round(100 * rival.weight)} %</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {answer.notes.map((note) => (
        <p key={note} class="small">
          {note}
        </p>
      ))}
      <p class="small">
        {Math.max(1, Math.round(answer.milliseconds)).toLocaleString("en-US")} ms, {summary.runsOn}
      </p>
    </section>
  );
}

/** What the sum means for this method. */
function sumWords({ method, sum, logit, against, rivals }: Answer): string {
  if (against !== undefined) return "What speaks for the one less what speaks for the other.";
  if (method === "sglrp" && rivals.length > 0) {
    return "SGLRP gives 1 to the class and takes 1 from its rivals, so that the map sums to about 0.";
  }
  if (method === "lrp" && Number.isFinite(logit)) {
    const lost = Math.abs(sum - logit) > 0.01 * Math.abs(logit);
    return lost
      ? "LRP shares out the logit; biases and stabilizers keep the rest."
      : "LRP shares out the logit: nothing is lost on the way.";
  }
  return "";
}
