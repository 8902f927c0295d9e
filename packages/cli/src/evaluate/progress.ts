/** Progress of a run: a bar on a terminal, otherwise a line every ten seconds. */

import type { Progress } from "@onnx-lrp/evaluation/internal";
import type { EvaluationCounter, EvaluationStage, RunListener } from "@onnx-lrp/network/internal";
import type { Console } from "../console.ts";
import { commandLineWords } from "../error-wording.ts";
import { duration } from "../format.ts";
import { barLook } from "../progress.ts";

/** Between two lines, in milliseconds. */
const pause = 10_000;

const names: Readonly<Record<EvaluationStage, string>> = {
  pictures: "pictures",
  randomization: "steps of the randomization",
};

/** @param quiet whether only what goes wrong is said */
export function listenerOf(console: Console, quiet: boolean): RunListener {
  return {
    words: commandLineWords,
    say: quiet ? () => {} : console.say,
    warn: console.say,
    count: (stage) => startRunProgress(console, quiet, stage),
  };
}

async function startRunProgress(
  console: Console,
  quiet: boolean,
  stage: EvaluationStage,
): Promise<EvaluationCounter> {
  const what = names[stage];
  if (quiet) return { show: () => {}, stop: () => {} };
  const rate = startRate();
  if (!process.stderr.isTTY) {
    let last = performance.now();
    return {
      show(progress) {
        rate.count(progress.done);
        const now = performance.now();
        if (now - last < pause || progress.done === progress.total) return;
        last = now;
        console.say(lineOf(progress, rate.now(), what));
      },
      stop: () => {},
    };
  }
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format: `{bar} {value}/{total} ${what} · {words}`,
    ...barLook,
  });
  let started = false;
  return {
    show(progress) {
      rate.count(progress.done);
      if (!started) bar.start(progress.total, progress.done, { words: "" });
      started = true;
      bar.update(progress.done, { words: wordsOf(progress, rate.now()) });
    },
    stop: () => bar.stop(),
  };
}

function lineOf(progress: Progress, rate: number | undefined, what: string): string {
  return `${progress.done} of ${progress.total} ${what}, ${wordsOf(progress, rate)}`;
}

function wordsOf({ done, total, failed }: Progress, rate: number | undefined): string {
  const parts = [
    ...(rate === undefined ? [] : [`${rate < 10 ? rate.toPrecision(2) : rate.toFixed(0)} per second`]),
    ...(rate === undefined || rate === 0 ? [] : [`${duration((total - done) / rate)} left`]),
    ...(failed === 0 ? [] : [`${failed} could not be used`]),
  ];
  return parts.join(", ");
}

/** Over the last half minute or so; what earlier runs did does not count. */
function startRate(): { count(done: number): void; now(): number | undefined } {
  const marks: { readonly done: number; readonly time: number }[] = [];
  return {
    count(done) {
      const time = performance.now();
      marks.push({ done, time });
      while (marks.length > 2 && time - (marks[0]?.time ?? 0) > 30_000) marks.shift();
    },
    now() {
      const [first, last] = [marks[0], marks.at(-1)];
      if (first === undefined || last === undefined || last.time - first.time < 500) return undefined;
      return (1000 * (last.done - first.done)) / (last.time - first.time);
    },
  };
}
