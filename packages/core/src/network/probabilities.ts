import { type OutputPort, type ScoreKind, scoreLayout, yesOrNo } from "../output-port/output-port.ts";

/** Class probabilities from logits, in double precision: softmax, or a sigmoid each where the network ends so. */
export function probabilities(logits: Float32Array, kind: ScoreKind): Float64Array {
  if (kind === "score") return Float64Array.from(logits);
  if (kind === "sigmoid") return Float64Array.from(logits, (z) => 1 / (1 + Math.exp(-z)));
  const highest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (z) => Math.exp(z - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** What a network says of one picture. */
export interface Scores {
  /**
   * One number per class; of an output with scores at several places, all of them as they lie in memory. Where the network
   * gives one score, yes or no, it stands for both answers: it is what methods without rivals explain.
   */
  readonly logits: Float32Array;
  /**
   * Of the same length: softmax over classes, or a sigmoid each; of one score those of no and yes; the numbers themselves
   * where they are none of classes.
   */
  readonly probabilities: Float64Array;
  /** Of a detector: the four numbers of each place's box, as the network has them. */
  readonly boxes?: Float32Array | undefined;
}

/**
 * @param raw one picture's scores, as they lie in memory
 * @param own what the network itself says the probabilities are, where that is known to differ
 */
export function scoresOf(port: OutputPort, raw: Float32Array, own?: ArrayLike<number>): Scores {
  const { form, kind } = port;
  if (yesOrNo(port)) {
    const [z = Number.NaN] = raw;
    const yes = own?.[0] ?? 1 / (1 + Math.exp(-z));
    const no = own === undefined ? 1 / (1 + Math.exp(z)) : 1 - yes;
    return { logits: Float32Array.of(z, z), probabilities: Float64Array.of(no, yes) };
  }
  if (own !== undefined) return { logits: raw, probabilities: Float64Array.from(own) };
  if (form !== "places" || kind === "sigmoid" || kind === "score") {
    return { logits: raw, probabilities: probabilities(raw, kind) };
  }
  return { logits: raw, probabilities: softmaxOverClasses(port, raw) };
}

function softmaxOverClasses(port: OutputPort, raw: Float32Array): Float64Array {
  const { classes, places, after } = scoreLayout(port);
  const result = new Float64Array(raw.length);
  for (let place = 0; place < places; place += 1) {
    const start = Math.floor(place / after) * classes * after + (place % after);
    let highest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c += 1) highest = Math.max(highest, raw[start + c * after] ?? 0);
    let sum = 0;
    for (let c = 0; c < classes; c += 1) {
      const power = Math.exp((raw[start + c * after] ?? 0) - highest);
      result[start + c * after] = power;
      sum += power;
    }
    for (let c = 0; c < classes; c += 1) result[start + c * after] = (result[start + c * after] ?? 0) / sum;
  }
  return result;
}

/** Classes, the most probable first; ties go to the lower number. */
export function rankClasses({ logits, probabilities: p }: Scores): number[] {
  const by = (values: ArrayLike<number>, a: number, b: number) => (values[b] ?? 0) - (values[a] ?? 0);
  return Array.from(logits, (_, index) => index).sort((a, b) => by(logits, a, b) || by(p, a, b) || a - b);
}
