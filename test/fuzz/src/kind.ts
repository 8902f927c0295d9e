/** A kind of thing that may be hostile: how cases of it are drawn, and what is done with one. */
import type { Arbitrary } from "fast-check";

export interface Kind<Edit> {
  /** One or more edits of something honest; JSON, so that a case can be written down. */
  readonly edits: Arbitrary<readonly Edit[]>;
  /**
   * Makes the thing and uses it as its users would, in a folder of its own.
   *
   * @throws UserError, which is a result; any other error is a defect
   */
  run(edits: readonly Edit[], folder: string): Promise<void>;
  /** The thing as a file, to look at; undefined where it has none. */
  file?(edits: readonly Edit[]): Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
}
