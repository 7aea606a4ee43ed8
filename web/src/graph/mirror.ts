/** The backward row: the forward one reflected below it, each box facing its partner. */
import type { Box, Label, Line, Partner, Rect, Row, Scene } from "./scene";
import { boundsOf } from "./scene";

/** Room between the rows. */
const APART = 56;

export interface Half {
  boxes: Box[];
  frames: Scene["frames"];
  labels: Label[];
  lines: Line[];
}

/** `facing` gives the text of a backward box. */
export function mirrored(half: Half, axis: number, facing: (box: Box) => Box): Half {
  const flip = <R extends Rect & { row: Row }>(rect: R): R => ({ ...rect, row: "backward", y: 2 * axis - rect.y - rect.height });
  return {
    boxes: half.boxes.map((box) => flip(facing(box))),
    frames: half.frames.map(flip),
    labels: half.labels.filter((label) => label.kind !== "value").map(flip),
    lines: half.lines.map((line) => ({
      ...line, row: "backward", stations: line.stations.map((station) => ({ ...station, y: 2 * axis - station.y })),
    })),
  };
}

export function axisBelow(half: Half): number {
  const bounds = boundsOf([...half.boxes, ...half.frames, ...half.labels], 0);
  return bounds.y + bounds.height + APART / 2;
}

/** Links between partners; free ones have nothing in their way. */
export function partnersOf(forward: Half, axis: number): Partner[] {
  const obstacles: Rect[] = [...forward.boxes, ...forward.labels, ...forward.frames.map((frame) => ({ ...frame, height: FRAME_BAR }))];
  return forward.boxes.map((box) => {
    const x = box.x + box.width / 2;
    const y0 = box.y + box.height;
    const free = forward.boxes.length <= 500 && !obstacles.some((other) => other.y > y0 - 1 && other.x < x + 3 && other.x + other.width > x - 3);
    return { box: box.box, x, y0, y1: 2 * axis - y0, free };
  });
}

/** Height of the bar of a frame. */
export const FRAME_BAR = 28;
