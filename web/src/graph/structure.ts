/** The parts of one call and the links between them: all that a layout must know. It does not depend on what is open. */
import { nodesIn, type Hierarchy } from "./hierarchy";

export interface Structure {
  call: number;
  /** Boxes directly in the call, and its ports. */
  items: number[];
  /** Pairs of positions in `items`. */
  links: [number, number][];
  /** Positions of ports where values enter and leave, and of the boxes that belong at the right end. */
  entries: number[];
  exits: number[];
  last: number[];
}

/** A port is a negative item, so that it differs from all boxes. */
export function entryPort(tensor: number): number {
  return -1 - 2 * tensor;
}

export function exitPort(tensor: number): number {
  return -2 - 2 * tensor;
}

export function isEntry(item: number): boolean {
  return item < 0 && -item % 2 === 1;
}

export function portTensor(port: number): number {
  return (-port - (isEntry(port) ? 1 : 2)) / 2;
}

export function structureOf(h: Hierarchy, call: number): Structure {
  const part = partOfNodes(h, call);
  const positions = new Map<number, number>();
  const items: number[] = [];
  const position = (item: number) => {
    let at = positions.get(item);
    if (at === undefined) positions.set(item, (at = items.push(item) - 1));
    return at;
  };
  for (const n of h.nodes[call]) position(n);
  for (const c of h.calls[call]) position(h.size + c);
  const links = linksOf(h, nodesIn(h, call), part, position);
  const at = (test: (item: number) => boolean) => items.flatMap((item, i) => (test(item) ? [i] : []));
  const last = call === 0 ? [...new Set(h.document.outputs.map((n) => position(part.get(n)!)))] : [];
  return { call, items, links, entries: at((i) => i < 0 && isEntry(i)), exits: at((i) => i < 0 && !isEntry(i)), last };
}

/** Per node in the call: the part of the call that holds it. */
function partOfNodes(h: Hierarchy, call: number): Map<number, number> {
  const part = new Map<number, number>();
  for (const n of h.nodes[call]) part.set(n, n);
  for (const c of h.calls[call]) for (const n of nodesIn(h, c)) part.set(n, h.size + c);
  return part;
}

function linksOf(h: Hierarchy, nodes: number[], part: Map<number, number>, position: (item: number) => number): [number, number][] {
  const found = new Map<string, [number, number]>();
  const link = (from: number, to: number) => {
    if (from !== to) found.set(`${from} ${to}`, [position(from), position(to)]);
  };
  for (const n of nodes.sort((a, b) => a - b)) {
    const own = part.get(n)!;
    for (const i of h.document.nodes.inputs[n]) link(part.get(i) ?? entryPort(i), own);
    for (let u = h.firstUser[n]; u < h.firstUser[n + 1]; u++)
      if (!part.has(h.users[u])) link(own, exitPort(n));
  }
  return [...found.values()];
}
