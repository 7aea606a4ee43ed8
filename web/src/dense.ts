/** Whole arrays that the page computes with, and how they become tensors of the document again. */
import type { TensorData } from "./document";
import { elementsOf, withElements } from "./tensors";

/** Numbers in row-major order. Elements of every dtype are doubles here, which hold all but very long integers. */
export interface Dense {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: Float64Array;
}

type Encode = (values: Float64Array) => ArrayBufferView;

const ENCODERS: Record<string, Encode> = {
  float64: (values) => values,
  float32: (values) => Float32Array.from(values),
  int64: (values) => BigInt64Array.from([...values].map((each) => BigInt(Math.trunc(each)))),
  int32: (values) => Int32Array.from(values),
  int16: (values) => Int16Array.from(values),
  int8: (values) => Int8Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values, (each) => (each ? 1 : 0)),
};

const CHARACTERS_AT_ONCE = 8192;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function isFloat(dtype: string): boolean {
  return dtype.startsWith("float");
}

/** A tensor of the document of which all elements are there. */
export function denseOf(tensor: TensorData): Dense {
  if (tensor.kept) throw new Error("A whole tensor was needed for computing, but only a sample is in the document. Open the graph with graph.explore().");
  return { shape: tensor.shape, dtype: tensor.dtype, values: elementsOf(tensor) };
}

/** The tensor as the document writes it; `kept` as in TensorData, if the values are a part. Its text is made when it is asked for. */
export function tensorOf(dense: Dense, shape = dense.shape, kept: number[][] | null = null): TensorData {
  const tensor = {
    shape: [...shape],
    dtype: dense.dtype,
    kept,
    get data(): string {
      return base64(ENCODERS[dense.dtype](dense.values));
    },
  };
  return withElements(tensor, dense.values);
}

function base64(view: ArrayBufferView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let text = "";
  for (let start = 0; start < bytes.length; start += CHARACTERS_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHARACTERS_AT_ONCE));
  }
  return btoa(text);
}

/** The index of a flat position: 5 in [2, 3] is [1, 2]. */
export function indexOf(position: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = position % shape[axis];
    position = Math.floor(position / shape[axis]);
  }
  return index;
}

/** The flat position of an index. */
export function positionOf(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((position, each, axis) => position * shape[axis] + each, 0);
}
