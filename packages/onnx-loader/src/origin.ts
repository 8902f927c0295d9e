/**
 * Remembers the bytes that each node, tensor and value was read from. Model data is read-only, so an object
 * that is still the very one that was read can be written back as those bytes, fields of tomorrow included.
 * An object that a pass made has no origin and is encoded from its fields; nor has one that is not read as it
 * stands (nodes put in order, sparse tensors made dense), or that holds such a one.
 */
const origins = new WeakMap<object, { readonly bytes: Uint8Array; readonly name: string | undefined }>();
const rewritten = new WeakSet<object>();

export interface OriginDetails {
  /** Where the bytes hold a name that the thing itself does not: an attribute's. */
  readonly name?: string;
  /** What it holds that may have been rewritten. */
  readonly parts?: readonly object[];
}

export function rememberOrigin<T extends object>(
  thing: T,
  bytes: Uint8Array,
  { name, parts = [] }: OriginDetails = {},
): T {
  if (parts.some((part) => rewritten.has(part))) return markRewritten(thing);
  origins.set(thing, { bytes, name });
  return thing;
}

/** Says of something that was read that it is not what its bytes say. */
export function markRewritten<T extends object>(thing: T): T {
  rewritten.add(thing);
  return thing;
}

export function isRewritten(thing: object): boolean {
  return rewritten.has(thing);
}

/** @param name the name that the thing is to be written under, where it does not hold its own */
export function originOf(thing: object, name?: string): Uint8Array | undefined {
  const origin = origins.get(thing);
  return origin?.name === name ? origin?.bytes : undefined;
}
