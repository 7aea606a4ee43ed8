/** Rounding of doubles to the dtypes of tensors. */
import type { Dense } from "../dense";

export type Round = (value: number) => number;

const exact: Round = (value) => value;

const ROUNDINGS: Record<string, Round> = {
  float64: exact,
  float32: Math.fround,
  int64: Math.trunc,
  int32: (value) => value | 0,
  int16: (value) => (value << 16) >> 16,
  int8: (value) => (value << 24) >> 24,
  uint32: (value) => value >>> 0,
  uint16: (value) => value & 0xffff,
  uint8: (value) => value & 0xff,
  bool: (value) => (value !== 0 ? 1 : 0),
};

/** The rounding to a dtype after every operation on elements. */
export function roundingOf(dtype: string): Round {
  const found = ROUNDINGS[dtype];
  if (!found) throw new Error(`The page was to compute in ${dtype}, which it does not know. Open the graph with graph.explore().`);
  return found;
}

/** A tensor with elements rounded to its dtype, in place. */
export function rounded(shape: readonly number[], dtype: string, values: Float64Array): Dense {
  if (dtype !== "float64") {
    const round = roundingOf(dtype);
    for (let i = 0; i < values.length; i++) values[i] = round(values[i]);
  }
  return { shape, dtype, values };
}
