/** What is visible when some calls are open: boxes, frames, and wires between boxes. */
import type { Hierarchy } from "./hierarchy";

export interface Visible {
  /** Boxes in the order of the document: nodes, and folded calls. */
  boxes: number[];
  /** Open calls, the outer ones first; the whole graph is the first. */
  frames: number[];
  /** Per node: the box that shows it. */
  boxOf: Int32Array;
}

export interface Wire {
  from: number;
  to: number;
  /** The nodes whose values pass. */
  tensors: number[];
}

export function visibleOf(h: Hierarchy, opened: ReadonlySet<number>): Visible {
  const boxes: number[] = [];
  const frames: number[] = [];
  const boxOf = new Int32Array(h.size);
  const show = (call: number) => {
    frames.push(call);
    for (const n of h.nodes[call]) {
      boxes.push(n);
      boxOf[n] = n;
    }
    for (const c of h.calls[call]) {
      if (opened.has(c)) show(c);
      else {
        boxes.push(h.size + c);
        fill(h, c, boxOf, h.size + c);
      }
    }
  };
  show(0);
  return { boxes, frames, boxOf };
}

function fill(h: Hierarchy, call: number, boxOf: Int32Array, box: number): void {
  for (const n of h.nodes[call]) boxOf[n] = box;
  for (const c of h.calls[call]) fill(h, c, boxOf, box);
}

/** One wire per pair of boxes, with all values that pass. */
export function wiresOf(h: Hierarchy, { boxOf }: Visible): Wire[] {
  const found = new Map<number, Wire>();
  const boxes = h.size + h.document.calls.length;
  const { inputs } = h.document.nodes;
  for (let n = 0; n < h.size; n++) {
    const to = boxOf[n];
    for (const tensor of inputs[n]) {
      const from = boxOf[tensor];
      if (from !== to) add(found, from * boxes + to, from, to, tensor);
    }
  }
  return [...found.values()];
}

function add(found: Map<number, Wire>, key: number, from: number, to: number, tensor: number): void {
  const wire = found.get(key);
  if (!wire) found.set(key, { from, to, tensors: [tensor] });
  else if (!wire.tensors.includes(tensor)) wire.tensors.push(tensor);
}

/** The nodes of a box that others use, or that are outputs of the graph. */
export function outgoing(h: Hierarchy, visible: Visible, box: number, nodes: number[]): number[] {
  const outputs = new Set(h.document.outputs);
  return nodes.filter((n) => {
    if (outputs.has(n)) return true;
    for (let u = h.firstUser[n]; u < h.firstUser[n + 1]; u++) if (visible.boxOf[h.users[u]] !== box) return true;
    return false;
  });
}
