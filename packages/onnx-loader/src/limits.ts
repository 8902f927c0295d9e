/**
 * How large things may be that a file can name in a few bytes. All limits stand here, each with its reason, and are looked at
 * before memory is taken. Honest networks and pictures stay below them by far; who has larger ones, and trusts them, can raise
 * a limit by `setLimits`, or with the environment variable ONNX_LRP_LIMITS ("nodes=500000,inputElements=1e8").
 */
import { textRemedy, UserError } from "./error.ts";

const defaults = {
  /** Nodes of a graph, its inner graphs and inlined functions included. The largest exports have some ten thousand. */
  nodes: 200_000,
  /** Depth of graphs within nodes, and of functions that call functions: such graphs are walked by calls within calls. */
  nesting: 64,
  /** Elements of each constant that is computed before the run: 16 MiB of float32. Shape arithmetic needs some thousand. */
  constantElements: 2 ** 22,
  /** Elements of all constants that are computed before the run, together. */
  constantElementsTogether: 2 ** 24,
  /** Elements of a network's input, its fixed batch included: a picture of 2364 x 2364 in three colours. */
  inputElements: 2 ** 24,
  /** Elements of each value of a network, for one input: 512 MiB of float32. */
  valueElements: 2 ** 27,
  /** Samples, masks or steps of a method for one input. */
  samples: 100_000,
  /** Numbers of all samples that a method draws for one input, together: 1 GiB of float32. */
  sampleElements: 2 ** 28,
  /** Bytes of a picture file. */
  pictureFileBytes: 512 * 2 ** 20,
  /** Bytes of a decoded picture: 200 million pixels in three colours. A file of a megabyte can hold as many. */
  pictureBytes: 640 * 2 ** 20,
  /** Bytes of an array file, and of the arrays in it. */
  arrayBytes: 2 * 2 ** 30,
  /** Bytes of a file of labels, rules or preprocessing, and of an annotation. */
  textFileBytes: 64 * 2 ** 20,
  /** Bytes of a list of pictures, and of a text in the folder of a run; a string of JavaScript can hold no more. */
  listFileBytes: 512 * 2 ** 20 - 2 ** 10,
} as const;

export type LimitName = keyof typeof defaults;

/** Every limit by its name. */
export type Limits = Readonly<Record<LimitName, number>>;

const names = Object.keys(defaults) as LimitName[];

let current: Limits | undefined;

/** @throws UserError `usage` where ONNX_LRP_LIMITS cannot be read */
export function limit(name: LimitName): number {
  current ??= { ...defaults, ...fromEnvironment() };
  return current[name];
}

/**
 * Sets some limits, for the whole process. The others keep their values.
 *
 * @throws UserError `usage` for a number that is no limit
 */
export function setLimits(limits: Partial<Limits>): void {
  for (const [name, value] of Object.entries(limits)) checked(name, value);
  current = { ...defaults, ...fromEnvironment(), ...current, ...limits };
}

/**
 * The error for what is beyond a limit.
 *
 * @param reason a sentence with what is too large and where
 */
export function beyondLimit(
  name: LimitName,
  kind: ConstructorParameters<typeof UserError>[0],
  reason: string,
  details: ConstructorParameters<typeof UserError>[2] = {},
): UserError {
  const raise = textRemedy(
    `raise the limit, if you trust the file and have the memory (ONNX_LRP_LIMITS="${name}=${2 * limit(name)}")`,
  );
  return new UserError(kind, reason, { ...details, remedies: [...(details.remedies ?? []), raise] });
}

function fromEnvironment(): Partial<Limits> {
  // In a browser there is no process.
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } };
  const text = process?.env?.ONNX_LRP_LIMITS ?? "";
  const given = text.split(",").filter((part) => part.trim() !== "");
  return Object.fromEntries(
    given.map((part) => {
      const [name = "", value = ""] = part.split("=").map((word) => word.trim());
      return [name, checked(name, value === "" ? Number.NaN : Number(value))];
    }),
  );
}

function checked(name: string, value: number | undefined): number {
  if (names.some((known) => known === name) && value !== undefined && value >= 1) return value;
  throw new UserError(
    "usage",
    `ONNX_LRP_LIMITS must be limits and numbers of at least 1, such as "nodes=500000,inputElements=1e8"; it has "${name}=${value}". Limits are ${names.join(", ")}.`,
  );
}
