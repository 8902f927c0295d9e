/** Protobuf's wire format by hand, for fields and values that no library here would write. */

function varint(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

export function intField(field: number, value: bigint | number): Uint8Array {
  return Uint8Array.from([...varint(BigInt(field * 8)), ...varint(BigInt(value))]);
}

export function bytesField(field: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return join([Uint8Array.from([...varint(BigInt(field * 8 + 2)), ...varint(BigInt(bytes.length))]), bytes]);
}

export function packedInts(field: number, values: readonly bigint[]): Uint8Array {
  return bytesField(field, Uint8Array.from(values.flatMap(varint)));
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Whether `part` stands somewhere in `whole`, byte for byte. */
export function holds(whole: Uint8Array, part: Uint8Array): boolean {
  return part.length > 0 && Buffer.from(whole).includes(Buffer.from(part));
}
