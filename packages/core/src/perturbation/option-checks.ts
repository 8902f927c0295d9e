/** Options as a user gives them, checked. */
import { limit, textRemedy, UserError } from "@onnx-lrp/onnx-loader";

/** Parameters of which any may be left to its default. */
export type Options<Parameters> = {
  readonly [Name in keyof Parameters]?: Parameters[Name] | undefined;
};

/** Parameters of the methods that give each superpixel a value. */
export interface SegmentSampling {
  readonly samples: number;
  readonly segments: number;
}

/** @throws UserError `usage` unless `value` is an integer from `low` to `high` */
export function integer(
  method: string,
  option: string,
  value: number,
  low: number,
  high = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  const range =
    high === Number.MAX_SAFE_INTEGER ? `an integer of at least ${low}` : `an integer from ${low} to ${high}`;
  throw new UserError("usage", `${method}: ${option} must be ${range}; got ${value}.`, {
    subject: { option },
  });
}

/** @throws UserError `usage` unless `value` is finite and above 0 */
export function positive(method: string, option: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new UserError("usage", `${method}: ${option} must be a number above 0; got ${value}.`, {
    subject: { option },
  });
}

/** Samples and segments of a method that fits a weight to each segment. @throws UserError `usage` */
export function samplesAndSegments(
  method: string,
  pixels: number,
  { samples = 500, segments = Math.min(50, pixels) }: Options<SegmentSampling>,
): SegmentSampling {
  integer(method, "segments", segments, 2, pixels);
  integer(method, "samples", samples, 1, limit("samples"));
  if (samples < segments + 2) {
    throw new UserError("usage", `${method}: ${samples} samples are too few for ${segments} segments.`, {
      subject: { option: "samples" },
      remedies: [textRemedy(`take at least ${segments + 2} samples`), textRemedy("take fewer segments")],
    });
  }
  return { samples, segments };
}
