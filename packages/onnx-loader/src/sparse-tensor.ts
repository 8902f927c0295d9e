/** Sparse tensors (SparseTensorProto), made dense: few files have them, and no operation takes them as they are. */
import { byteSize } from "./data-type.ts";
import { obtainAgain, textRemedy, UserError } from "./error.ts";
import type { Tensor } from "./model.ts";
import { elementCount, tensorValues } from "./tensor.ts";

export interface SparseTensor {
  /** [NNZ]; its name is that of the sparse tensor. */
  readonly values: Tensor;
  /** [NNZ], places in row-major order, or [NNZ, rank], a place on each axis. */
  readonly indices: Tensor;
  readonly dims: readonly number[];
}

/**
 * How many bytes the sparse tensors of a file may still take when they are dense. A few bytes can name a tensor that no
 * memory holds.
 */
export interface DenseAllowance {
  left: number;
}

/** As much as a file of dense tensors can hold, but for small files less: a thousandth of the elements is stored. */
export function denseAllowance(fileBytes: number): DenseAllowance {
  return { left: Math.min(2 ** 31 - 1, 2 ** 26 + 1024 * fileBytes) };
}

/**
 * @throws UserError `model` for places outside of the tensor and for sizes that do not fit together; `unsupported` for a
 * tensor beyond the allowance, values in another file, and types that are not as wide as one, two, four or eight bytes
 */
export function denseTensor({ values, indices, dims }: SparseTensor, allowance: DenseAllowance): Tensor {
  const { name, type } = values;
  const count = elementCount(dims);
  const width = byteSize(type, 8) / 8;
  if ([values, indices].some(({ storage }) => storage.kind === "external")) {
    throw refused(name, "has its values in another file");
  }
  if (![1, 2, 4, 8].includes(width) || type.startsWith("complex"))
    throw refused(name, `holds ${type} values`);
  if (!(count * width <= allowance.left)) {
    throw refused(name, `(${dims.join(" x ")}) is too large to be made dense`);
  }
  allowance.left -= count * width;
  const places = placesOf(name, indices, dims, elementCount(values.dims));
  const from = tensorValues(values);
  const bytes = new Uint8Array(count * width);
  if (width === 1) scatter(new Uint8Array(from.buffer), bytes, places);
  else if (width === 2) scatter(new Uint16Array(from.buffer), new Uint16Array(bytes.buffer), places);
  else if (width === 4) scatter(new Uint32Array(from.buffer), new Uint32Array(bytes.buffer), places);
  else scatter(new BigUint64Array(from.buffer), new BigUint64Array(bytes.buffer), places);
  return { name, type, dims, storage: { kind: "raw", bytes } };
}

function scatter<T>(from: ArrayLike<T>, to: { [place: number]: T }, places: Float64Array): void {
  for (const [i, place] of places.entries()) {
    const value = from[i];
    if (value !== undefined) to[place] = value;
  }
}

/** The place of each value in row-major order. */
function placesOf(name: string, indices: Tensor, dims: readonly number[], count: number): Float64Array {
  const [rows, columns] = indices.dims;
  const linear = indices.dims.length === 1;
  const fits = rows === count && (linear || (indices.dims.length === 2 && columns === dims.length));
  if (!fits || !/^u?int(8|16|32|64)$/.test(indices.type)) {
    throw damaged(
      name,
      `has ${count} values and indices of ${indices.dims.join(" x ") || "no dimensions"} (${indices.type})`,
    );
  }
  const sizes = linear ? [elementCount(dims)] : dims;
  const numbers = tensorValues(indices);
  return Float64Array.from({ length: count }, (_, i) => {
    let place = 0;
    for (const [axis, size] of sizes.entries()) {
      const at = Number(numbers[i * sizes.length + axis]);
      if (!(at >= 0 && at < size)) {
        throw damaged(
          name,
          `(${dims.join(" x ")}) has a value at ${at}, beyond the ${size} places that there are`,
        );
      }
      place = place * size + at;
    }
    return place;
  });
}

function damaged(name: string, what: string): UserError {
  return new UserError("model", `The sparse tensor "${name}" ${what}: the model file is damaged.`, {
    subject: { value: name },
    remedies: [obtainAgain],
  });
}

function refused(name: string, what: string): UserError {
  return new UserError("unsupported", `The sparse tensor "${name}" ${what}, which onnx-lrp does not read.`, {
    subject: { value: name },
    remedies: [textRemedy("export the network with dense weights")],
  });
}
