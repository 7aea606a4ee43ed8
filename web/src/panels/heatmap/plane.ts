/** One plane of a tensor: what a heatmap shows at once, as rows and columns of kept elements. */
import { positionOf, sizeOf } from "../../dense";
import type { TensorData } from "../../document";
import { elementsOf } from "../../tensors";

export interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** The element of a cell; null beyond the end of a wrapped vector. */
  at(row: number, column: number): number | null;
  /** The index of a cell in the whole tensor. */
  index(row: number, column: number): number[];
  /** The cell of an index of the whole tensor; null if it is not in this plane. */
  cell(index: readonly number[]): { row: number; column: number } | null;
}

const WRAPPED_FROM = 97;
const WRAPPED_COLUMNS = 64;

/** Per axis the positions that are there. */
export function keptPositions({ shape, kept }: TensorData): number[][] {
  return kept ?? shape.map((extent) => Array.from({ length: extent }, (_, i) => i));
}

/** The plane of the last two axes at `slice`, positions among the kept ones of the axes before them. */
export function planeOf(tensor: TensorData, slice: readonly number[]): Plane {
  return tensor.shape.length < 2 ? rowOf(tensor) : matrixOf(tensor, slice);
}

/** A vector or a number: one row, or several if it is long. */
function rowOf(tensor: TensorData): Plane {
  const values = elementsOf(tensor);
  const columns = values.length < WRAPPED_FROM ? values.length : WRAPPED_COLUMNS;
  const [positions] = tensor.shape.length ? keptPositions(tensor) : [[]];
  return {
    rows: columns ? Math.ceil(values.length / columns) : 0,
    columns,
    at: (row, column) => values[row * columns + column] ?? null,
    index: (row, column) => (tensor.shape.length ? [positions[row * columns + column]] : []),
    cell: (index) => {
      const at = tensor.shape.length ? positions.indexOf(index[0]) : 0;
      return at < 0 ? null : { row: Math.floor(at / columns), column: at % columns };
    },
  };
}

function matrixOf(tensor: TensorData, slice: readonly number[]): Plane {
  const positions = keptPositions(tensor);
  const extents = positions.map((each) => each.length);
  const axes = extents.length;
  const [rows, columns] = extents.slice(-2);
  const values = elementsOf(tensor);
  const start = positionOf([...slice, 0, 0], extents);
  return {
    rows: sizeOf(extents) ? rows : 0,
    columns,
    at: (row, column) => values[start + row * columns + column],
    index: (row, column) => [
      ...slice.map((each, axis) => positions[axis][each]),
      positions[axes - 2][row],
      positions[axes - 1][column],
    ],
    cell: (index) => {
      const outside = slice.some((each, axis) => positions[axis][each] !== index[axis]);
      const row = positions[axes - 2].indexOf(index[axes - 2]);
      const column = positions[axes - 1].indexOf(index[axes - 1]);
      return outside || row < 0 || column < 0 ? null : { row, column };
    },
  };
}
