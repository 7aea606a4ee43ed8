/** What a layout is asked and answers: parts in columns, and the way of each link through the columns between. */
export interface Question {
  /** Height that each part needs. */
  heights: number[];
  links: [number, number][];
  entries: number[];
  exits: number[];
  last: number[];
  /** The largest number of parts for dagre. */
  limit: number;
}

export interface Columns {
  /** Per part: its column and the middle of its height. */
  column: number[];
  y: number[];
  /** Per link: where it passes the columns strictly between its ends, from left to right. */
  passes: Pass[][];
}

export interface Pass {
  column: number;
  y: number;
  /** Links of one source that share a pass have the same number; below zero it is a lane under all columns: see laneOf. */
  shared: number;
}

/** The number of a lane, the uppermost 0; below zero if a pass is none. */
export function laneOf(shared: number): number {
  return -1 - shared;
}

/** Room between neighbours of one column, and of a link that passes. */
export const BETWEEN = 22;
export const PASS_HEIGHT = 14;

/** Above this number of parts, columns are topological ranks and dagre is not asked: for the whole graph, and for a call that is opened, which must not be waited for. */
export const WHOLE_LIMIT = 500;
export const OPENED_LIMIT = 120;
