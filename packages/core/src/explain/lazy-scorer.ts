import type { Scorer } from "../network/scorer.ts";

/** A scorer that is opened when it is first asked. */
export function lazyScorer(open: () => Promise<Scorer>): Pick<Scorer, "score" | "release"> {
  let opened: Promise<Scorer> | undefined;
  return {
    async score(pictures) {
      opened ??= open();
      return (await opened).score(pictures);
    },
    async release() {
      await (await opened)?.release();
    },
  };
}
