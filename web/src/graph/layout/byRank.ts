/** Columns by topological rank, for what is too large for dagre. Links of one source share their way. */
import { separate } from "../separate";
import { BETWEEN, PASS_HEIGHT, type Columns, type Pass, type Question } from "./columns";
import { lanesOf } from "./lanes";
import { ranksOf } from "./ranks";

const ORDER_SWEEPS = 4;
const PLACE_SWEEPS = 6;
/** A little towards the middle line, so that a long graph does not drift away from it. */
const CENTRED = 0.94;

interface Cell {
  column: number;
  height: number;
  y: number;
  before: Cell[];
  after: Cell[];
  /** Number of the pass; -1 for a part. */
  pass: number;
}

export function byRank(question: Question): Columns {
  const { rank, links } = ranksOf(question);
  const parts: Cell[] = question.heights.map((height, i) => ({ column: rank[i], height, y: 0, before: [], after: [], pass: -1 }));
  const cells = [...parts];
  const chains = new Map<number, Cell[]>();
  const lanes = lanesOf(rank, links);
  const passes = links.map(([from, to], l) => (lanes.has(l) ? [] : connect(parts, cells, chains, from, to)));
  const columns = columnsOf(cells);
  sort(columns);
  level(columns);
  return { column: rank, y: parts.map((cell) => cell.y), passes: passes.map((way, l) => lanes.get(l) ?? way.map(passOf)) };
}

function passOf(cell: Cell): Pass {
  return { column: cell.column, y: cell.y, shared: cell.pass };
}

/** The cells between two parts: those of the source's chain, which grows as far as it must. */
function connect(parts: Cell[], cells: Cell[], chains: Map<number, Cell[]>, from: number, to: number): Cell[] {
  const chain = chains.get(from) ?? [];
  chains.set(from, chain);
  const steps = parts[to].column - parts[from].column - 1;
  while (chain.length < steps) {
    const before = chain[chain.length - 1] ?? parts[from];
    const cell: Cell = { column: before.column + 1, height: PASS_HEIGHT, y: 0, before: [before], after: [], pass: cells.length };
    before.after.push(cell);
    chain.push(cell);
    cells.push(cell);
  }
  const end = steps > 0 ? chain[steps - 1] : parts[from];
  end.after.push(parts[to]);
  parts[to].before.push(end);
  return chain.slice(0, Math.max(0, steps));
}

function columnsOf(cells: Cell[]): Cell[][] {
  const columns: Cell[][] = [];
  for (const cell of cells) (columns[cell.column] ??= []).push(cell);
  return Array.from(columns, (column) => column ?? []);
}

/** Fewer crossings: each column is sorted by the mean position of its neighbours, to the right and back. */
function sort(columns: Cell[][]): void {
  for (const column of columns) number(column);
  for (let sweep = 0; sweep < ORDER_SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      const keys = new Map(column.map((cell) => [cell, mean(forward ? cell.before : cell.after, cell.y)]));
      column.sort((a, b) => keys.get(a)! - keys.get(b)!);
      number(column);
    }
  }
}

function number(column: Cell[]): void {
  column.forEach((cell, i) => (cell.y = i - column.length / 2));
}

function mean(cells: Cell[], otherwise: number): number {
  return cells.length ? cells.reduce((sum, cell) => sum + cell.y, 0) / cells.length : otherwise;
}

/** Straighter links: each cell goes as near to its neighbours as the order of its column allows. */
function level(columns: Cell[][]): void {
  for (const column of columns) settle(column, () => 0);
  for (let sweep = 0; sweep < PLACE_SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse())
      settle(column, (cell) => CENTRED * mean(forward ? cell.before : cell.after, cell.y));
  }
}

function settle(column: Cell[], wish: (cell: Cell) => number): void {
  const ys = separate(column.map(wish), gapsOf(column));
  column.forEach((cell, i) => (cell.y = ys[i]));
}

function gapsOf(column: { height: number; pass: number }[]): number[] {
  return column.slice(1).map((cell, i) => (cell.height + column[i].height) / 2 + (cell.pass >= 0 && column[i].pass >= 0 ? 0 : BETWEEN / 2));
}
