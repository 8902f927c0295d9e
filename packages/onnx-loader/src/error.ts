/** Errors that a user can meet, as data that a program can ask for and word for its own users. */
import { type Remedy, type RemedyWording, renderRemedies } from "./remedy.ts";

export {
  anyOf,
  capitalize,
  libraryWording,
  type OptionValue,
  obtainAgain,
  type Remedy,
  type RemedyWording,
  renderRemedies,
  textRemedy,
} from "./remedy.ts";

/**
 * What went wrong, as a program can ask for it. The command line turns each into its own exit code.
 *
 * - `usage`: an option or argument that cannot be meant (an unknown class, a bad preprocessing file)
 * - `model`: the file is not a readable ONNX model (damaged, unknown opset, missing external data)
 * - `unsupported`: a valid model that cannot be explained (an operation without a rule, no class scores)
 * - `input`: a picture or tensor that cannot be used
 * - `scores`: the class scores or the map of an input are not finite
 * - `run`: onnxruntime failed (no such provider, out of memory)
 * - `output`: a result could not be written
 */
export type ErrorKind = "usage" | "model" | "unsupported" | "input" | "scores" | "run" | "output";

/** What an error is about, as far as that has a name. */
export interface ErrorSubject {
  readonly file?: string | undefined;
  /** A node's name, or that of its first output. */
  readonly node?: string | undefined;
  /** An operation, with its domain if that is not ONNX's own: `Conv`, `com.microsoft.FusedConv`. */
  readonly operation?: string | undefined;
  /** A tensor, or a value of the graph. */
  readonly value?: string | undefined;
  /** A method that refuses; another may do. */
  readonly method?: string | undefined;
  /** An option by its name in TypeScript. */
  readonly option?: string | undefined;
}

/** What an error is about and what helps, beside its reason. */
export interface ErrorDetails {
  readonly subject?: ErrorSubject | undefined;
  readonly remedies?: readonly Remedy[] | undefined;
  readonly cause?: unknown;
}

/**
 * An error that a user can meet. Its message says what is wrong, where, and what to do, in the words of the libraries;
 * `renderError` gives it in others. Names in it come from files, so that line breaks and other control characters become
 * spaces, and no quotation is longer than 200 characters.
 */
export class UserError extends Error {
  readonly kind: ErrorKind;
  /** What is wrong and where, in one sentence or a few. */
  readonly reason: string;
  readonly subject: ErrorSubject;
  /** What a user can do about it; any one of them helps. */
  readonly remedies: readonly Remedy[];

  constructor(kind: ErrorKind, reason: string, details: ErrorDetails = {}) {
    const { subject = {}, remedies = [] } = details;
    super(sentences(reason, remedies), "cause" in details ? { cause: details.cause } : undefined);
    this.name = "UserError";
    this.kind = kind;
    this.reason = cleaned(reason);
    this.subject = subject;
    this.remedies = remedies;
  }
}

/** The whole message of an error, with the remedies as a program words them for its users. */
export function renderError({ reason, remedies }: UserError, wording: RemedyWording): string {
  return sentences(reason, remedies, wording);
}

function sentences(reason: string, remedies: readonly Remedy[], wording?: RemedyWording): string {
  const [what, todo] = [cleaned(reason), cleaned(renderRemedies(remedies, wording))];
  return todo === "" ? what : `${what} ${todo}`;
}

/** Characters of a name or text from a file that a sentence quotes. */
const longestQuote = 200;

/** Characters of all sentences: lists of names from a file can be longer than anyone reads. */
const longest = 3000;

function cleaned(text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, " ");
  const short = plain.replace(/"([^"]*)"/g, (quotation, quoted: string) =>
    quoted.length <= longestQuote ? quotation : `"${quoted.slice(0, longestQuote)}…"`,
  );
  return short.length <= longest ? short : `${short.slice(0, longest)}…`;
}
