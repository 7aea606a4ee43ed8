/** What tests and scripts may read and do: `window.explorer`. */
import type { State, Store } from "../state";
import { pointsOf, type Box, type Frame, type Label } from "./scene";
import type { GraphScreen } from "./screen";
import { labelText } from "./paint";
import { FRAME_BAR } from "./mirror";
import { stageAt, stepCount } from "./steps";

export interface Geometry {
  boxes: Box[];
  /** With the bar that holds the title. */
  frames: (Frame & { bar: { x: number; y: number; width: number; height: number } })[];
  labels: Label[];
  lines: { from: number; to: number; tensors: number[]; row: string; points: [number, number][] }[];
  /** Numbers of boxes from here on are calls: box − size. */
  size: number;
}

export interface Probe {
  state: () => State;
  set: (change: Partial<State>) => void;
  geometry: () => Geometry;
  /** Texts of numbers as they are shown now. */
  shown: () => { kind: string; row: string; box: number; by: number; text: string }[];
  /** Boxes in the order of the walk, and the number of steps. */
  steps: () => { box: number; row: string }[];
  /** Settles when all that was asked for is drawn. */
  idle: () => Promise<void>;
}

declare global {
  interface Window {
    explorer?: Probe;
  }
}

export function probe(screen: GraphScreen, store: Store): void {
  window.explorer = {
    state: () => store.state,
    set: (change) => store.set(change),
    geometry: () => geometry(screen),
    shown: () => {
      const picture = screen.current!;
      return picture.built.scene.labels.map((label) => ({ kind: label.kind, row: label.row, box: label.box, by: label.by, text: labelText(picture, label) }));
    },
    steps: () => {
      const { walk } = screen.current!;
      return Array.from({ length: stepCount(walk) }, (_, step) => stageAt(walk, step));
    },
    idle: () => screen.idle,
  };
}

function geometry(screen: GraphScreen): Geometry {
  const { boxes, frames, labels, lines } = screen.current!.built.scene;
  return {
    boxes, labels, size: screen.hierarchy.size,
    frames: frames.map((frame) => ({
      ...frame, bar: { x: frame.x, width: frame.width, height: FRAME_BAR, y: frame.row === "forward" ? frame.y : frame.y + frame.height - FRAME_BAR },
    })),
    lines: lines.map((line) => ({ from: line.from, to: line.to, tensors: line.tensors, row: line.row, points: pointsOf(line) })),
  };
}
