/** Whether a file of this name counts as an array (.npy, .npz) when a folder is searched. */
export function isArrayFile(name: string): boolean {
  return /[^/\\]\.np[yz]$/i.test(name);
}
