/** Whether a file is TIFF by its first bytes: little-endian or big-endian, usual or of more than 4 GiB. */
export function isTiff([first, second, third = 0, fourth = 0]: Uint8Array): boolean {
  const little = first === 0x49 && second === 0x49;
  const big = first === 0x4d && second === 0x4d;
  return (little && [42, 43].includes(third)) || (big && third === 0 && [42, 43].includes(fourth));
}
