import { readSync } from "node:fs";

/** Node reads at most 2 GiB at once. */
const most = 2 ** 30;

/**
 * Fills `into` from an open file.
 *
 * @returns whether the file has so many bytes from `at` on
 */
export function readFully(file: number, into: Uint8Array, at: number): boolean {
  for (let done = 0; done < into.length; ) {
    const more = readSync(file, into, done, Math.min(into.length - done, most), at + done);
    if (more === 0) return false;
    done += more;
  }
  return true;
}
