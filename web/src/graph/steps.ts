/** The walk: every visible box forward in topological order, then backward in exactly the reverse order. */
import type { Wire } from "./fold";

export interface Walk {
  /** Boxes in the forward order. */
  order: number[];
  position: Map<number, number>;
}

export interface Stage {
  box: number;
  row: "forward" | "backward";
}

/** `key` of a box is the last of its nodes; nodes stand in topological order, so only folded calls can need sorting. */
export function walkOf(boxes: number[], wires: Wire[], key: (box: number) => number): Walk {
  const order = sorted([...boxes].sort((a, b) => key(a) - key(b)), wires);
  return { order, position: new Map(order.map((box, i) => [box, i])) };
}

function sorted(boxes: number[], wires: Wire[]): number[] {
  const position = new Map(boxes.map((box, i) => [box, i]));
  if (wires.every(({ from, to }) => position.get(from)! < position.get(to)!)) return boxes;
  const waiting = new Map(boxes.map((box) => [box, 0]));
  const users = new Map<number, number[]>(boxes.map((box) => [box, []]));
  for (const { from, to } of wires) {
    waiting.set(to, waiting.get(to)! + 1);
    users.get(from)!.push(to);
  }
  const left = new Set(boxes);
  const order: number[] = [];
  while (left.size) {
    const next = first(left, (box) => waiting.get(box) === 0) ?? first(left, () => true)!;
    left.delete(next);
    order.push(next);
    for (const user of users.get(next)!) waiting.set(user, waiting.get(user)! - 1);
  }
  return order;
}

function first(boxes: Set<number>, test: (box: number) => boolean): number | undefined {
  for (const box of boxes) if (test(box)) return box;
  return undefined;
}

export function stepCount(walk: Walk): number {
  return 2 * walk.order.length;
}

export function stageAt(walk: Walk, step: number): Stage {
  const { order } = walk;
  return step < order.length ? { box: order[step], row: "forward" } : { box: order[2 * order.length - 1 - step], row: "backward" };
}

/** The step in which a box has its turn in a row. */
export function stepOf(walk: Walk, box: number, row: "forward" | "backward"): number {
  const position = walk.position.get(box)!;
  return row === "forward" ? position : 2 * walk.order.length - 1 - position;
}

/** Whether a box has had its turn; without a walk every box has. */
export function isShown(walk: Walk, step: number | null, box: number, row: "forward" | "backward"): boolean {
  return step === null || stepOf(walk, box, row) <= step;
}
