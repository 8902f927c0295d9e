/** Edits of bytes: flips, cuts, insertions, repetitions, and numbers of the sizes that headers have. */
import fc from "fast-check";

export type ByteEdit =
  | { readonly what: "flip"; readonly at: number; readonly bit: number }
  | { readonly what: "cut"; readonly at: number; readonly length: number }
  | { readonly what: "insert"; readonly at: number; readonly bytes: readonly number[] }
  | { readonly what: "repeat"; readonly at: number; readonly length: number; readonly times: number }
  | {
      readonly what: "number";
      readonly at: number;
      readonly size: 1 | 2 | 4;
      readonly value: number;
      readonly big: boolean;
    };

/** A share of the length; headers are at the beginning. */
const at = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 80 }).map((byte) => -byte - 1) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);

export const byteEdit: fc.Arbitrary<ByteEdit> = fc.oneof(
  fc.record({ what: fc.constant("flip" as const), at, bit: fc.nat(7) }),
  fc.record({ what: fc.constant("cut" as const), at, length: fc.nat(64) }),
  fc.record({ what: fc.constant("insert" as const), at, bytes: fc.array(fc.nat(255), { maxLength: 16 }) }),
  fc.record({ what: fc.constant("repeat" as const), at, length: fc.nat(64), times: fc.nat(50) }),
  fc.record({
    what: fc.constant("number" as const),
    at,
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    value: fc.constantFrom(
      0,
      1,
      2,
      127,
      128,
      255,
      32_767,
      65_535,
      65_536,
      2 ** 24,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32 - 1,
    ),
    big: fc.boolean(),
  }),
);

export function editBytes(bytes: Buffer, edits: readonly ByteEdit[]): Buffer {
  let now = Buffer.from(bytes);
  for (const edit of edits) {
    // Below zero it is a place from the beginning.
    const place = edit.at < 0 ? -edit.at - 1 : Math.floor(edit.at * now.length);
    const start = Math.min(place, Math.max(now.length - 4, 0));
    switch (edit.what) {
      case "flip":
        if (now.length > 0) now[start] = (now[start] ?? 0) ^ (1 << edit.bit);
        break;
      case "cut":
        now = Buffer.concat([now.subarray(0, start), now.subarray(start + edit.length)]);
        break;
      case "insert":
        now = Buffer.concat([now.subarray(0, start), Uint8Array.from(edit.bytes), now.subarray(start)]);
        break;
      case "repeat": {
        const part = now.subarray(start, start + edit.length);
        now = Buffer.concat([now.subarray(0, start), ...Array(edit.times).fill(part), now.subarray(start)]);
        break;
      }
      case "number": {
        if (now.length < 4) break;
        const value = edit.value % 2 ** (8 * edit.size);
        if (edit.big) now.writeUIntBE(value, start, edit.size);
        else now.writeUIntLE(value, start, edit.size);
      }
    }
  }
  return now;
}
