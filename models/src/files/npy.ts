/** The header of a NumPy .npy file (format 1.0) of unsigned bytes in row-major order. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '|u1', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const prefixLength = 10;
  const padded = Math.ceil((prefixLength + dictionary.length + 1) / 64) * 64 - prefixLength;
  const header = Buffer.alloc(prefixLength + padded, " ");
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0], 0);
  header.writeUInt16LE(padded, 8);
  header.write(dictionary, prefixLength, "latin1");
  header.write("\n", header.length - 1, "latin1");
  return header;
}
