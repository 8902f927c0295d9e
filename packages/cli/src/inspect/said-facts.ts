/** What is said of a network, and who says it. */
import type { KnownNetwork } from "@onnx-lrp/network/internal";
import type { FactOrigin, Source } from "@onnx-lrp/pictures";
import { chooseLabels, fitsChannels } from "@onnx-lrp/pictures/internal";

/** Who says something, in two words for programs: `file`, `config.json`. */
export interface SourceFacts {
  readonly from: FactOrigin;
  readonly source: string;
}

export interface SaidFacts {
  /** The names of the classes: how many, and the first of them. null where they are unknown. */
  readonly labels: (SourceFacts & { readonly count: number; readonly first: readonly string[] }) | null;
  /** The size that the network was trained at, where its input leaves it open. */
  readonly trainedSize: (SourceFacts & { readonly height: number; readonly width: number }) | null;
  readonly task: (SourceFacts & { readonly name: string }) | null;
  /** What was found beside the model or in it, and is not used, each with the reason. */
  readonly unused: readonly string[];
}

const shownLabels = 5;

export function sourceFacts({ from, name }: Source): SourceFacts {
  return { from, source: name };
}

export function saidFacts({ description, picture, trainedSize }: KnownNetwork, classes: number): SaidFacts {
  const labels = chooseLabels(undefined, classes, description);
  const [task] = description.task;
  return {
    labels:
      labels === undefined
        ? null
        : {
            count: labels.value.length,
            first: labels.value.slice(0, shownLabels),
            ...sourceFacts(labels.source),
          },
    trainedSize:
      trainedSize === undefined ? null : { ...trainedSize.value, ...sourceFacts(trainedSize.source) },
    task: task === undefined ? null : { name: task.value, ...sourceFacts(task.source) },
    unused: [
      ...description.problems.map(({ value }) => value),
      ...description.labels
        .filter(({ value }) => value.length !== classes)
        .map(
          ({ value, source }) =>
            `${source.name} names ${value.length} classes, and the network has ${classes}.`,
        ),
      ...description.preprocess
        .filter(({ value }) => !fitsChannels(value, picture.channels))
        .map(
          ({ value, source }) =>
            `${source.name} has numbers for ${Math.max(value.mean.length, value.std.length)} channels, and the network ` +
            `takes ${picture.channels}.`,
        ),
    ],
  };
}
