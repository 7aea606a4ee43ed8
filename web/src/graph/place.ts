/** Coordinates inside one open call, from the columns of its layout and the sizes that its parts have now. */
import type { Arranged } from "./layout/client";
import { laneOf } from "./layout/columns";
import { separate } from "./separate";

/** Of a part: the box, the room for numbers left and right of it, and the height that it needs in its column. */
export interface Size {
  width: number;
  height: number;
  left: number;
  right: number;
  slot: number;
  /** Between two links that enter. */
  enter: number;
}

export interface Placed {
  arranged: Arranged;
  /** Left and right end of each column. */
  spans: [number, number][];
  /** Per part: the middle of its box. */
  x: number[];
  y: number[];
  /** Per link: heights in the columns that it passes, and where it enters its target. */
  passes: { column: number; y: number }[][];
  enters: number[];
  /** From the top of the parts to their bottom. */
  top: number;
  bottom: number;
  width: number;
}

const PART_GAP = 22;
const PASS_GAP = 5;
const PASS_SLOT = 9;
/** Links give way to boxes. */
const PART_WEIGHT = 60;
/** Between lanes under the columns. */
const LANE = 9;

interface Cell {
  part: number;
  shared: number;
  y: number;
  slot: number;
}

export function placed(arranged: Arranged, sizes: Size[]): Placed {
  const { columns, structure } = arranged;
  const count = columns.column.reduce((most, c) => Math.max(most, c), 0) + 1;
  const cells = cellsOf(arranged, sizes, count);
  for (const column of cells) settle(column);
  const y = new Array<number>(sizes.length);
  const passY = new Map<number, number>();
  for (const cell of cells.flat()) {
    if (cell.part >= 0) y[cell.part] = cell.y;
    else passY.set(cell.shared, cell.y);
  }
  const all = cells.flat();
  const bottom = all.reduce((most, cell) => Math.max(most, cell.y + cell.slot / 2), -Infinity);
  const laneY = (lane: number) => bottom + LANE * (lane + 1);
  const passes = columns.passes.map((way) => way.map(({ column, shared }) => ({ column, y: passY.get(shared) ?? laneY(laneOf(shared)) })));
  const lanes = 1 + columns.passes.flat().reduce((most, { shared }) => Math.max(most, laneOf(shared)), -1);
  const widths = widthsOf(columns.column, sizes, count);
  const spans = spansOf(widths, gapsOf(structure.links, columns.column, count, y, passes));
  const x = columns.column.map((c) => spans[c][0] + widths[c].left + widths[c].width / 2);
  const enters = entersOf(structure.links, sizes, y, passes);
  return {
    arranged, spans, x, y, passes, enters,
    top: all.reduce((least, cell) => Math.min(least, cell.y - cell.slot / 2), Infinity),
    bottom: lanes ? laneY(lanes) : bottom,
    width: spans[count - 1]?.[1] ?? 0,
  };
}

function cellsOf({ columns }: Arranged, sizes: Size[], count: number): Cell[][] {
  const cells: Cell[][] = Array.from({ length: count }, () => []);
  sizes.forEach(({ slot }, part) => cells[columns.column[part]].push({ part, shared: -1, y: columns.y[part], slot }));
  const seen = new Set<number>();
  for (const { column, y, shared } of columns.passes.flat())
    if (shared >= 0 && !seen.has(shared)) {
      seen.add(shared);
      cells[column].push({ part: -1, shared, y, slot: PASS_SLOT });
    }
  return cells;
}

/** Nothing overlaps, and everything stays as near as possible to where the layout put it. */
function settle(column: Cell[]): void {
  column.sort((a, b) => a.y - b.y);
  const gaps = column.slice(1).map((cell, i) => (cell.slot + column[i].slot) / 2 + (cell.part >= 0 && column[i].part >= 0 ? PART_GAP : PASS_GAP));
  const ys = separate(column.map((cell) => cell.y), gaps, column.map((cell) => (cell.part >= 0 ? PART_WEIGHT : 1)));
  column.forEach((cell, i) => (cell.y = ys[i]));
}

interface Widths {
  left: number;
  width: number;
  right: number;
}

function widthsOf(column: number[], sizes: Size[], count: number): Widths[] {
  const widths = Array.from({ length: count }, () => ({ left: 0, width: 0, right: 0 }));
  sizes.forEach((size, i) => {
    const at = widths[column[i]];
    at.left = Math.max(at.left, size.left);
    at.width = Math.max(at.width, size.width);
    at.right = Math.max(at.right, size.right);
  });
  return widths;
}

function spansOf(widths: Widths[], gaps: number[]): [number, number][] {
  let x = 0;
  return widths.map(({ left, width, right }, i) => {
    const start = x;
    x += left + width + right + gaps[i];
    return [start, x - gaps[i]];
  });
}

/** Wider between columns where many links change their height, or few change it much. */
function gapsOf(links: [number, number][], column: number[], count: number, y: number[], passes: { column: number; y: number }[][]): number[] {
  const changes = new Array<number>(count).fill(0);
  const greatest = new Array<number>(count).fill(0);
  links.forEach(([from, to], l) => {
    const [a, b] = column[from] < column[to] ? [from, to] : [to, from];
    const way = [{ column: column[a], y: y[a] }, ...passes[l], { column: column[b], y: y[b] }];
    for (let i = 1; i < way.length; i++) {
      if (way[i].column > way[i - 1].column + 1) continue;
      const by = Math.abs(way[i].y - way[i - 1].y);
      if (by > 4) changes[way[i - 1].column]++;
      greatest[way[i - 1].column] = Math.max(greatest[way[i - 1].column], by);
    }
  });
  return changes.map((many, i) => 30 + Math.min(30, 2 * many) + Math.min(60, 0.12 * greatest[i]));
}

/** Links enter a box one under the other, in the order from which they come. */
function entersOf(links: [number, number][], sizes: Size[], y: number[], passes: { column: number; y: number }[][]): number[] {
  const into = new Map<number, number[]>();
  links.forEach(([, to], l) => {
    const found = into.get(to);
    if (found) found.push(l);
    else into.set(to, [l]);
  });
  const enters = new Array<number>(links.length);
  for (const [to, found] of into) {
    const comesFrom = (l: number) => passes[l][passes[l].length - 1]?.y ?? y[links[l][0]];
    const gap = Math.min(sizes[to].enter, (sizes[to].height - 12) / Math.max(1, found.length - 1));
    found.sort((a, b) => comesFrom(a) - comesFrom(b)).forEach((l, i) => (enters[l] = levelled(y[to] + (i - (found.length - 1) / 2) * gap, comesFrom(l))));
  }
  return enters;
}

/** A link that is almost level becomes level. */
function levelled(y: number, from: number): number {
  return Math.abs(y - from) < 3 ? from : y;
}
