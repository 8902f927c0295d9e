/** Symmetric positive definite systems in float64, by Cholesky's factors: A = L L^T. */

/** A square matrix, row by row. */
export interface SquareMatrix {
  readonly size: number;
  readonly values: Float64Array;
}

/**
 * Makes a function that solves A x = b.
 *
 * @param matrix symmetric; only its lower triangle is read
 * @throws RangeError where the matrix is not positive definite to float64's precision
 */
export function cholesky({ size, values }: SquareMatrix): (right: ArrayLike<number>) => Float64Array {
  const factor = new Float64Array(size * size);
  const at = (row: number, column: number) => factor[row * size + column] ?? 0;
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = values[row * size + column] ?? 0;
      const whole = rest;
      for (let k = 0; k < column; k += 1) rest -= at(row, k) * at(column, k);
      if (row === column && !(rest > size * Number.EPSILON * whole)) {
        throw new RangeError(`The matrix is not positive definite: pivot ${row} is ${rest}.`);
      }
      factor[row * size + column] = row === column ? Math.sqrt(rest) : rest / at(column, column);
    }
  }
  return (right) => {
    const solution = Float64Array.from(right);
    for (let row = 0; row < size; row += 1) {
      let rest = solution[row] ?? 0;
      for (let k = 0; k < row; k += 1) rest -= at(row, k) * (solution[k] ?? 0);
      solution[row] = rest / at(row, row);
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let rest = solution[row] ?? 0;
      for (let k = row + 1; k < size; k += 1) rest -= at(k, row) * (solution[k] ?? 0);
      solution[row] = rest / at(row, row);
    }
    return solution;
  };
}
