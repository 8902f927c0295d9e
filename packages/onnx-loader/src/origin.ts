/**
 * Remembers the bytes that each node, tensor and value was read from. Model data is read-only, so an object
 * that is still the very one that was read can be written back as those bytes, fields of tomorrow included.
 * An object that a pass made anew has no origin and is encoded from its fields.
 */
const origins = new WeakMap<object, Uint8Array>();

export function rememberOrigin<T extends object>(thing: T, bytes: Uint8Array): T {
  origins.set(thing, bytes);
  return thing;
}

export function originOf(thing: object): Uint8Array | undefined {
  return origins.get(thing);
}
