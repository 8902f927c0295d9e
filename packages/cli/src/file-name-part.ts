/** Characters that mean something in paths, on any system; and those that steer a terminal. */
const meaningful = /[<>:"/\\|?*\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Bytes that all file systems allow for a name, less what comes behind it. */
const longest = 120;

/**
 * A name from a file as a part of a file's name, which it neither ends nor leads elsewhere.
 *
 * @param otherwise where nothing is left of it
 */
export function fileNamePart(name: string, otherwise: string): string {
  const plain = name.replace(meaningful, "-").replace(/^[.\s-]+|[.\s]+$/g, "");
  let part = "";
  for (const character of plain) {
    if (Buffer.byteLength(part + character) > longest) break;
    part += character;
  }
  return part || otherwise;
}
