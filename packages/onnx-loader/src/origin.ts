/**
 * Remembers the bytes that each node, tensor and value was read from. Model data is read-only, so an object
 * that is still the very one that was read can be written back as those bytes, fields of tomorrow included.
 * An object that a pass made anew has no origin and is encoded from its fields.
 */
const origins = new WeakMap<object, { readonly bytes: Uint8Array; readonly name: string | undefined }>();

/** @param name where the bytes hold a name that the thing itself does not: an attribute's */
export function rememberOrigin<T extends object>(thing: T, bytes: Uint8Array, name?: string): T {
  origins.set(thing, { bytes, name });
  return thing;
}

/** @param name the name that the thing is to be written under, where it does not hold its own */
export function originOf(thing: object, name?: string): Uint8Array | undefined {
  const origin = origins.get(thing);
  return origin?.name === name ? origin?.bytes : undefined;
}
