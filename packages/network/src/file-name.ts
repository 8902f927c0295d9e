/** The last part of a path, whichever system wrote it. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
