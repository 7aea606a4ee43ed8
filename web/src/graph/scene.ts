/** The geometry of what is shown: all views, the canvas, the export and the tests read it. */
import type { Contents } from "./contents";
import type { Wire } from "./fold";

export type Row = "forward" | "backward";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Box extends Rect, Contents {
  box: number;
  row: Row;
}

/** An open call. Its title stands in the bar at the top of the frame. */
export interface Frame extends Rect {
  call: number;
  row: Row;
  title: string;
  line: string;
  depth: number;
}

export type LabelKind = "value" | "gradient" | "sent";

/** A number beside a wire. */
export interface Label extends Rect {
  kind: LabelKind;
  row: Row;
  /** The box whose value or gradient it is; of a contribution: the box that receives it. */
  box: number;
  /** The box that sends a contribution, else -1. */
  by: number;
  text: string;
}

export interface Line extends Wire {
  row: Row;
  /** Level pieces; between two of them a curve with level ends. */
  stations: Station[];
}

export interface Station {
  x0: number;
  x1: number;
  y: number;
  /** The line is broken before this piece. */
  apart?: boolean;
}

/** From a box to the gradient that belongs to it. */
export interface Partner {
  box: number;
  x: number;
  y0: number;
  y1: number;
  /** Whether nothing stands between. */
  free: boolean;
}

export interface Scene {
  boxes: Box[];
  frames: Frame[];
  labels: Label[];
  lines: Line[];
  partners: Partner[];
  bounds: Rect;
}

/** Points on a line, close enough to judge what it crosses. */
export function pointsOf({ stations }: Line, steps = 12): [number, number][] {
  const points: [number, number][] = [];
  stations.forEach(({ x0, x1, y }, i) => {
    const before = stations[i - 1];
    if (before && !stations[i].apart) for (let s = 1; s < steps; s++) points.push(curvePoint(before.x1, before.y, x0, y, s / steps));
    points.push([x0, y], [x1, y]);
  });
  return points;
}

function curvePoint(x0: number, y0: number, x1: number, y1: number, t: number): [number, number] {
  const middle = (x0 + x1) / 2;
  const mix = (a: number, b: number, c: number, d: number) => (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t ** 3 * d;
  return [mix(x0, middle, middle, x1), mix(y0, y0, y1, y1)];
}

/** The same line for `path` of SVG and for Path2D. */
export function pathOf({ stations }: Line): string {
  const r = (x: number) => Math.round(x * 10) / 10;
  return stations
    .map(({ x0, x1, y, apart }, i) => {
      const before = apart ? undefined : stations[i - 1];
      const middle = before ? r((before.x1 + x0) / 2) : 0;
      const start = before ? `C${middle} ${r(before.y)} ${middle} ${r(y)} ${r(x0)} ${r(y)}` : `M${r(x0)} ${r(y)}`;
      return x1 === x0 ? start : `${start}H${r(x1)}`;
    })
    .join("");
}

export function boundsOf(rects: Rect[], margin: number): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of rects) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  if (!rects.length) [left, top, right, bottom] = [0, 0, 0, 0];
  return { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin };
}
