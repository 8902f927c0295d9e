/** NumPy's files, with edited bytes and headers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeNpy, readNpy, readNpz } from "@onnx-lrp/node";
import { readInputArrays } from "@onnx-lrp/node/internal";
import fc from "fast-check";
import { type ByteEdit, byteEdit, editBytes } from "../edit-bytes.ts";
import { integer } from "../hostile-values.ts";
import type { Kind } from "../kind.ts";

type Edit =
  | {
      readonly what: "header";
      readonly type: string;
      readonly shape: readonly string[];
      readonly order: string;
    }
  | ByteEdit;

function bytesOf(edits: readonly Edit[]): Buffer {
  let bytes: Buffer = Buffer.from(encodeNpy(new Float32Array(36).fill(0.5), [1, 3, 3, 4]));
  for (const edit of edits) {
    if (edit.what !== "header") continue;
    const text = `{'descr': '${edit.type}', 'fortran_order': ${edit.order}, 'shape': (${edit.shape.join(", ")},), }\n`;
    const start = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
    start.writeUInt16LE(text.length, 8);
    bytes = Buffer.concat([start, Buffer.from(text, "latin1"), bytes.subarray(-144)]);
  }
  return editBytes(
    bytes,
    edits.filter((edit): edit is ByteEdit => edit.what !== "header"),
  );
}

/** A zip archive with one stored entry. */
function zipped(content: Buffer): Buffer {
  const name = Buffer.from("x.npy");
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt32LE(content.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt32LE(content.length, 20);
  central.writeUInt32LE(content.length, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + content.length, 16);
  return Buffer.concat([local, name, content, central, name, end]);
}

export const arrays: Kind<Edit> = {
  edits: fc.array(
    fc.oneof(
      byteEdit,
      fc.record({
        what: fc.constant("header" as const),
        type: fc.constantFrom(
          "<f4",
          ">f8",
          "<f2",
          "|b1",
          "<i8",
          ">u2",
          "<c8",
          "|O",
          "<U5",
          "|V4",
          "f4",
          "",
          "<f3",
        ),
        shape: fc.array(integer, { maxLength: 6 }),
        order: fc.constantFrom("True", "False", "None"),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  async run(edits, folder) {
    const bytes = bytesOf(edits);
    const [npy, npz] = [join(folder, "x.npy"), join(folder, "x.npz")];
    writeFileSync(npy, bytes);
    writeFileSync(npz, zipped(bytes));
    const port = { name: "x", dims: [1, 3, 3, 4] };
    const results = await Promise.allSettled([readNpy(npy), readNpz(npz), readInputArrays(npy, port)]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  },
  async file(edits) {
    return { name: "x.npy", bytes: bytesOf(edits) };
  },
};
