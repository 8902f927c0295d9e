/**
 * A file's model without its large weights: their values are passed over, and stand in what is read as external data that
 * lies in the file itself. A network of half a gigabyte is so read in some kilobytes.
 *
 * The wire format makes that easy: a message is a row of fields, each of which tells its length before its content. From
 * ModelProto (graph = 7) the way leads to GraphProto (initializer = 5, node = 1) and from there to TensorProto (raw_data =
 * 9), for a Constant node through its attribute (NodeProto.attribute = 5, AttributeProto.t = 5). All else stays byte for
 * byte, but for the lengths of the messages around a payload.
 */
import { protobuf } from "./codec.ts";
import { byteSize, dataTypeOf } from "./data-type.ts";

/** The bytes of a file, read where they are wanted. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Fills `into` with what stands from byte `at` on. */
  read(into: Uint8Array, at: number): void;
}

export interface ModelSkeleton {
  /** For `readModel`. */
  readonly bytes: Uint8Array;
  /** Where in the file a byte stands that stands at `index` in `bytes` and was read from the file. */
  placeOf(index: number): number;
}

/**
 * Longer payloads are left out. At this length a tensor has so many elements that no pass reads its values: constants are
 * read up to 65,536 elements, which take up to this many bytes (int64, float64), and shapes are inferred without any that
 * is larger (shapes.ts).
 */
const maxKeptBytes = 8 * 65_536;

/** Protobuf's limit for a message. */
const limit = 2 ** 31 - 1;

/**
 * @param location what the payloads' external data is to name as its file
 * @returns undefined where the file is not made as a model is, or where too much is left of it for a message: whoever
 * reads it as a whole will tell
 */
export function readWithoutWeights(source: ByteSource, location: string): ModelSkeleton | undefined {
  const walk: Walk = { window: windowOn(source), location, broken: false };
  const pieces = inModel(walk, 0, source.size) ?? [{ from: 0, to: source.size }];
  if (walk.broken || lengthOf(pieces) > limit) return undefined;
  return joined(pieces, source);
}

interface Walk {
  readonly window: Window;
  readonly location: string;
  /** Whether a field did not end where the message around it does. */
  broken: boolean;
}

/** A part of the new bytes: a stretch of the file, or made here. */
type Piece = { readonly from: number; readonly to: number } | Uint8Array;

/** A field from the first byte of its tag to its end; the content of a varint is itself. */
interface Field {
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Wire types. */
const [varint, eight, delimited, four] = [0, 1, 2, 5];

/** The fields of a message that stands at [from, to). */
function* fieldsOf(walk: Walk, from: number, to: number): Generator<Field> {
  for (let at = from; at < to; ) {
    const tag = readVarint(walk.window, at, to);
    if (tag === undefined || tag.value < 8) break;
    const wire = tag.value % 8;
    const content = contentOf(walk.window, wire, tag.end, to);
    if (content === undefined || content.end > to) break;
    yield { number: Math.floor(tag.value / 8), wire, start: at, ...content };
    at = content.end;
    if (at === to) return;
  }
  walk.broken ||= from < to;
}

function contentOf(
  window: Window,
  wire: number,
  at: number,
  to: number,
): { content: number; end: number } | undefined {
  if (wire === eight || wire === four) return { content: at, end: at + (wire === eight ? 8 : 4) };
  const number = wire === varint || wire === delimited ? readVarint(window, at, to) : undefined;
  if (number === undefined) return undefined;
  if (wire === varint) return { content: at, end: number.end };
  return { content: number.end, end: number.end + number.value };
}

/** Numbers beyond 2^53 are rounded: they are no lengths. */
function readVarint(window: Window, at: number, to: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10 && at + i < to; i += 1) {
    const byte = window(at + i);
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  return undefined;
}

/** What becomes of a field's content; undefined where it stays. */
type Change = (field: Field) => Piece[] | undefined;

/** A message with some of its large fields changed; undefined where none is. */
function changed(walk: Walk, from: number, to: number, change: Change): Piece[] | undefined {
  const pieces: Piece[] = [];
  let kept = from;
  for (const field of fieldsOf(walk, from, to)) {
    // What is no longer than a payload may be holds none that is too long.
    if (field.wire !== delimited || field.end - field.content <= maxKeptBytes) continue;
    const content = change(field);
    if (content === undefined) continue;
    pieces.push({ from: kept, to: field.start }, header(field.number, lengthOf(content)), ...content);
    kept = field.end;
  }
  return pieces.length === 0 ? undefined : [...pieces, { from: kept, to }];
}

function inModel(walk: Walk, from: number, to: number): Piece[] | undefined {
  return changed(walk, from, to, ({ number, content, end }) =>
    number === 7 ? inGraph(walk, content, end) : undefined,
  );
}

/** Graphs inside nodes are kept as they are: sessions take external data of the outermost alone. */
function inGraph(walk: Walk, from: number, to: number): Piece[] | undefined {
  return changed(walk, from, to, ({ number, content, end }) => {
    if (number === 5) return inTensor(walk, content, end);
    return number === 1 && isConstant(walk, content, end) ? inConstant(walk, content, end) : undefined;
  });
}

/** NodeProto: op_type = 4, domain = 7. */
function isConstant(walk: Walk, from: number, to: number): boolean {
  let [op, domain] = ["", ""];
  for (const field of fieldsOf(walk, from, to)) {
    if (field.number === 4) op = name(walk.window, field);
    else if (field.number === 7) domain = name(walk.window, field);
  }
  return op === "Constant" && (domain === "" || domain === "ai.onnx");
}

function inConstant(walk: Walk, from: number, to: number): Piece[] | undefined {
  return changed(walk, from, to, (attribute) => {
    if (attribute.number !== 5 || !isTensor(walk, attribute)) return undefined;
    return changed(walk, attribute.content, attribute.end, ({ number, content, end }) =>
      number === 5 ? inTensor(walk, content, end) : undefined,
    );
  });
}

/** AttributeProto: type = 20, where 4 is TENSOR. */
function isTensor(walk: Walk, { content, end }: Field): boolean {
  let kind: number | undefined;
  for (const field of fieldsOf(walk, content, end)) {
    if (field.number === 20) kind = readVarint(walk.window, field.content, field.end)?.value;
  }
  return kind === 4;
}

/** Fields of a TensorProto that hold values, or tell where they lie, beside raw_data. */
const otherValues = new Set([3, 4, 5, 6, 7, 10, 11, 13, 14]);

/** The tensor with its payload outside; undefined where it has none that is large, or is not as tensors usually are. */
function inTensor(walk: Walk, from: number, to: number): Piece[] | undefined {
  let payload: Field | undefined;
  let type: number | undefined;
  for (const field of fieldsOf(walk, from, to)) {
    if (otherValues.has(field.number)) return undefined;
    if (field.number === 2) type = readVarint(walk.window, field.content, field.end)?.value;
    if (field.number !== 9) continue;
    if (payload !== undefined || field.wire !== delimited) return undefined;
    payload = field;
  }
  if (payload === undefined || payload.end - payload.content <= maxKeptBytes || !isPlain(type))
    return undefined;
  return [
    { from, to: payload.start },
    { from: payload.end, to },
    placeInFile(walk.location, payload.content, payload.end - payload.content),
  ];
}

/** Types narrower than a byte are widened ahead of time, for which their values are read. */
function isPlain(code: number | undefined): boolean {
  const type = dataTypeOf(code ?? 0);
  return type !== undefined && byteSize(type, 8) >= 8;
}

/** TensorProto.external_data = 13, entries of key = 1 and value = 2; data_location = 14, where 1 is EXTERNAL. */
function placeInFile(location: string, offset: number, length: number): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [key, value] of Object.entries({ location, offset, length })) {
    writer.uint32(tagOf(13, delimited)).fork();
    writer.uint32(tagOf(1, delimited)).string(key);
    writer.uint32(tagOf(2, delimited)).string(String(value)).ldelim();
  }
  return writer.uint32(tagOf(14, varint)).uint32(1).finish();
}

function header(number: number, length: number): Uint8Array {
  return protobuf.Writer.create().uint32(tagOf(number, delimited)).uint32(length).finish();
}

function tagOf(number: number, wire: number): number {
  return number * 8 + wire;
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
}

function sizeOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.to - piece.from;
}

/** Reads each stretch of the file in one go, where it belongs. */
function joined(pieces: readonly Piece[], source: ByteSource): ModelSkeleton {
  const bytes = new Uint8Array(lengthOf(pieces));
  const stretches: { readonly index: number; readonly from: number }[] = [];
  let index = 0;
  for (const piece of pieces) {
    const size = sizeOf(piece);
    if (piece instanceof Uint8Array) bytes.set(piece, index);
    else if (size > 0) {
      source.read(bytes.subarray(index, index + size), piece.from);
      stretches.push({ index, from: piece.from });
    }
    index += size;
  }
  const placeOf = (at: number): number => {
    let [low, high] = [0, stretches.length];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((stretches[middle]?.index ?? 0) <= at) low = middle;
      else high = middle;
    }
    const { index: start = 0, from = 0 } = stretches[low] ?? {};
    return from + at - start;
  };
  return { bytes, placeOf };
}

/** The byte of a file at a place. */
type Window = (at: number) => number;

/**
 * Small, since between two payloads there is often less than a hundred bytes to read, and large enough for the fields of a
 * hundred nodes.
 */
const windowSize = 16_384;

function windowOn(source: ByteSource): Window {
  const buffer = new Uint8Array(Math.min(windowSize, source.size));
  let [start, length] = [0, 0];
  return (at) => {
    if (at < start || at >= start + length) {
      start = at;
      length = Math.min(buffer.length, source.size - at);
      source.read(buffer.subarray(0, length), at);
    }
    return buffer[at - start] ?? 0;
  };
}

/** An operation or a domain; "?" for what is longer than the ones looked for. */
function name(window: Window, { content, end }: Field): string {
  if (end - content > 20) return "?";
  return String.fromCharCode(...Array.from({ length: end - content }, (_, i) => window(content + i)));
}
