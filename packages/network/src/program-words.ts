/** How a program speaks of errors and options: a library of its options, the command line of flags. */
import type { UserError } from "@onnx-lrp/onnx-loader/error";

export interface ProgramWords {
  readonly error: (error: UserError) => string;
  /** An option, by its name in this package. */
  readonly option: (name: string) => string;
}

export const libraryWords: ProgramWords = { error: ({ message }) => message, option: (name) => name };
