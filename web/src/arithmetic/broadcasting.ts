/** Broadcasting by NumPy's rules: where the elements of an operand stand in the result, and sums that undo it. */
import { sizeOf, type Dense } from "../dense";
import { rounded } from "./rounding";

export type Places = Int32Array;

export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** For every element of `shape`, in order, start + Σ index · stride. */
export function walk(shape: readonly number[], strides: readonly number[], start = 0): Places {
  const places = new Int32Array(sizeOf(shape));
  if (places.length) places[0] = start;
  let filled = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [extent, stride] = [shape[axis], strides[axis]];
    for (let i = 1; i < extent; i++) {
      for (let j = 0; j < filled; j++) places[i * filled + j] = places[j] + i * stride;
    }
    filled *= extent;
  }
  return places;
}

/** For every element of the result, the place in an operand of shape `from` that broadcasts to it. */
export function spread(from: readonly number[], to: readonly number[]): Places {
  const own = stridesOf(from);
  const extra = to.length - from.length;
  const strides = to.map((_, axis) => (axis < extra || from[axis - extra] === 1 ? 0 : own[axis - extra]));
  return walk(to, strides);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The values of an operand repeated to a shape. */
export function broadcast(x: Dense, shape: readonly number[]): Float64Array {
  if (sameShape(x.shape, shape)) return x.values;
  return gathered(x.values, spread(x.shape, shape));
}

export function gathered(values: Float64Array, places: Places): Float64Array {
  const found = new Float64Array(places.length);
  for (let i = 0; i < places.length; i++) found[i] = values[places[i]];
  return found;
}

/** Zeros with `values` added at `places`. */
export function added(values: Float64Array, places: Places, size: number): Float64Array {
  const sums = new Float64Array(size);
  for (let i = 0; i < places.length; i++) sums[places[i]] += values[i];
  return sums;
}

/** A gradient summed over the axes along which an operand of `shape` broadcasts. */
export function summedTo(gradient: Dense, shape: readonly number[], dtype: string): Dense {
  if (sameShape(gradient.shape, shape) && gradient.dtype === dtype) return gradient;
  if (sameShape(gradient.shape, shape)) return rounded(shape, dtype, gradient.values.slice());
  return rounded(shape, dtype, added(gradient.values, spread(shape, gradient.shape), sizeOf(shape)));
}
