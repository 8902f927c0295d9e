/** Resources whose runs of the network look at a signal first, so that an interrupt need not wait for a picture to be done. */
import { turn } from "@onnx-lrp/core/internal";
import type { RunResources } from "./resources.ts";

/** The same resources, whose scorer and methods throw the signal's reason once it is aborted. */
export function interruptible(resources: RunResources, signal: AbortSignal | undefined): RunResources {
  if (signal === undefined) return resources;
  const look = async () => {
    await turn();
    signal.throwIfAborted();
  };
  const { scorer, methods } = resources;
  return {
    ...resources,
    scorer: {
      ...scorer,
      async score(pictures) {
        await look();
        return scorer.score(pictures);
      },
    },
    methods: methods.map((method) => ({
      ...method,
      async explain(pictures, targets) {
        await look();
        return method.explain(pictures, targets);
      },
    })),
  };
}
