/** Matrix products over the last two axes; vectors are rows or columns, leading axes broadcast. */
import { sizeOf, type Dense } from "../dense";
import { spread, type Places } from "./broadcasting";
import type { Call, Rule } from "./rule";

/** The extents of a batch of products (m, k) (k, n), and where each factor of a batch entry starts. */
interface Layout {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly starts: readonly [Places, Places];
}

function layoutOf(call: Call): Layout {
  const [a, b] = call.inputs.map((each) => each.shape);
  const rows = a.length > 1 ? a[a.length - 2] : 1;
  const inner = a[a.length - 1];
  const columns = b.length > 1 ? b[b.length - 1] : 1;
  const own = (a.length > 1 ? 1 : 0) + (b.length > 1 ? 1 : 0);
  const batch = call.shape.slice(0, call.shape.length - own);
  const starts = [a, b].map((shape, i) => {
    const size = i === 0 ? rows * inner : inner * columns;
    return spread(shape.slice(0, -2), batch).map((place) => place * size);
  });
  return { rows, inner, columns, starts: [starts[0], starts[1]] };
}

/** A matrix inside an array: where it starts, and how far apart its rows and columns are. */
interface Matrix {
  readonly values: Float64Array;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
  readonly down: number;
  readonly right: number;
}

function matrix(values: Float64Array, start: number, rows: number, columns: number): Matrix {
  return { values, start, rows, columns, down: columns, right: 1 };
}

function transposed({ values, start, rows, columns, down, right }: Matrix): Matrix {
  return { values, start, rows: columns, columns: rows, down: right, right: down };
}

/** Add the product of two matrices to a third. */
function addProduct(sum: Matrix, a: Matrix, b: Matrix): void {
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[a.start + i * a.down + k * a.right];
      let [to, from] = [sum.start + i * sum.down, b.start + k * b.down];
      for (let j = 0; j < b.columns; j++, to += sum.right, from += b.right) sum.values[to] += factor * b.values[from];
    }
  }
}

/** Both factors and the product of every entry of the batch. */
function entries(call: Call, y: Float64Array, a: Float64Array, b: Float64Array): [Matrix, Matrix, Matrix][] {
  const { rows, inner, columns, starts } = layoutOf(call);
  return Array.from(starts[0], (left, entry) => [
    matrix(y, entry * rows * columns, rows, columns),
    matrix(a, left, rows, inner),
    matrix(b, starts[1][entry], inner, columns),
  ]);
}

function forward(call: Call): Float64Array {
  const sums = new Float64Array(sizeOf(call.shape));
  const [a, b] = call.inputs;
  for (const [y, left, right] of entries(call, sums, a.values, b.values)) addProduct(y, left, right);
  return sums;
}

/** dA = G Bᵀ, dB = Aᵀ G; entries of the batch that share a factor are summed. */
function downstream(g: Dense, call: Call, position: number): Dense {
  const { shape, dtype } = call.inputs[position];
  const sums = new Float64Array(sizeOf(shape));
  const [a, b] = call.inputs.map((each, i) => (i === position ? sums : each.values));
  for (const [y, left, right] of entries(call, g.values, a, b)) {
    if (position === 0) addProduct(left, y, transposed(right));
    else addProduct(right, transposed(left), y);
  }
  return { shape, dtype, values: sums };
}

export const PRODUCTS: Record<string, Rule> = {
  matmul: {
    forward,
    backward: (g, _, call, position) => downstream(g, call, position),
    passes: () => true,
    elementwise: false,
  },
};
