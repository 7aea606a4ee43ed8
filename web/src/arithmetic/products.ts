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

/** Call `visit` with the places of every product of two elements: in the result and in both factors. */
function products(call: Call, visit: (y: number, a: number, b: number) => void): void {
  const { rows, inner, columns, starts } = layoutOf(call);
  starts[0].forEach((left, entry) => {
    const [right, result] = [starts[1][entry], entry * rows * columns];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        for (let k = 0; k < inner; k++) visit(result + i * columns + j, left + i * inner + k, right + k * columns + j);
      }
    }
  });
}

function downstream(g: Dense, call: Call, position: number): Dense {
  const { shape, dtype } = call.inputs[position];
  const other = call.inputs[1 - position].values;
  const sums = new Float64Array(sizeOf(shape));
  products(call, (y, a, b) => {
    if (position === 0) sums[a] += g.values[y] * other[b];
    else sums[b] += g.values[y] * other[a];
  });
  return { shape, dtype, values: sums };
}

export const PRODUCTS: Record<string, Rule> = {
  matmul: {
    forward: (call) => {
      const [a, b] = call.inputs.map((each) => each.values);
      const sums = new Float64Array(sizeOf(call.shape));
      products(call, (y, left, right) => (sums[y] += a[left] * b[right]));
      return sums;
    },
    backward: (g, _, call, position) => downstream(g, call, position),
    passes: () => true,
    elementwise: false,
  },
};
