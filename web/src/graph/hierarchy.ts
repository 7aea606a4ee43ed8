/** Which call holds which nodes and calls, and who uses a node: made once for a document. */
import type { ExplorerDocument } from "../document";

export interface Hierarchy {
  document: ExplorerDocument;
  /** Number of nodes; a box is named by its node, or by `size` + its call. */
  size: number;
  /** Per node: the call in whose frame it stands. A call of a single node is that node. */
  home: Int32Array;
  /** Per node: the call that it stands for, -1 if none. */
  alias: Int32Array;
  /** Calls and nodes directly in a call; calls without nodes are left out. */
  calls: number[][];
  nodes: number[][];
  /** Nodes in a call and in the calls inside it. */
  count: Int32Array;
  depth: Int32Array;
  /** The last node in a call and in the calls inside it. */
  last: Int32Array;
  /** The users of node n are users[firstUser[n]] up to users[firstUser[n + 1]]. */
  firstUser: Int32Array;
  users: Int32Array;
}

export function hierarchyOf(document: ExplorerDocument): Hierarchy {
  const { nodes, calls } = document;
  const size = nodes.name.length;
  const count = countNodes(document);
  const home = Int32Array.from(nodes.call);
  const alias = new Int32Array(size).fill(-1);
  for (let n = 0; n < size; n++)
    while (home[n] > 0 && count[home[n]] === 1) {
      alias[n] = home[n];
      home[n] = calls[home[n]].parent;
    }
  const depth = new Int32Array(calls.length);
  const childCalls: number[][] = calls.map(() => []);
  for (let c = 1; c < calls.length; c++) {
    depth[c] = depth[calls[c].parent] + 1;
    if (count[c] > 1) childCalls[calls[c].parent].push(c);
  }
  const childNodes: number[][] = calls.map(() => []);
  for (let n = 0; n < size; n++) childNodes[home[n]].push(n);
  return { document, size, home, alias, calls: childCalls, nodes: childNodes, count, depth, last: lastNodes(document), ...usersOf(nodes.inputs) };
}

function countNodes({ nodes, calls }: ExplorerDocument): Int32Array {
  const count = new Int32Array(calls.length);
  for (const call of nodes.call) count[call]++;
  for (let c = calls.length - 1; c > 0; c--) count[calls[c].parent] += count[c];
  return count;
}

function lastNodes({ nodes, calls }: ExplorerDocument): Int32Array {
  const last = new Int32Array(calls.length);
  nodes.call.forEach((call, n) => (last[call] = n));
  for (let c = calls.length - 1; c > 0; c--) last[calls[c].parent] = Math.max(last[calls[c].parent], last[c]);
  return last;
}

function usersOf(inputs: number[][]): { firstUser: Int32Array; users: Int32Array } {
  const firstUser = new Int32Array(inputs.length + 1);
  for (const sources of inputs) for (const i of sources) firstUser[i + 1]++;
  for (let n = 0; n < inputs.length; n++) firstUser[n + 1] += firstUser[n];
  const users = new Int32Array(firstUser[inputs.length]);
  const next = firstUser.slice();
  inputs.forEach((sources, n) => sources.forEach((i) => (users[next[i]++] = n)));
  return { firstUser, users };
}

/** The call of a box, -1 if the box is a node. */
export function callOf(h: Hierarchy, box: number): number {
  return box >= h.size ? box - h.size : -1;
}

/** The call in whose frame a box stands. */
export function frameOf(h: Hierarchy, box: number): number {
  return box >= h.size ? h.document.calls[box - h.size].parent : h.home[box];
}

/** All nodes in a call and in the calls inside it. */
export function nodesIn(h: Hierarchy, call: number): number[] {
  const found: number[] = [];
  const left = [call];
  for (let c = left.pop(); c !== undefined; c = left.pop()) {
    for (const n of h.nodes[c]) found.push(n);
    left.push(...h.calls[c]);
  }
  return found;
}

/** The nodes that a box stands for. */
export function nodesOf(h: Hierarchy, box: number): number[] {
  return box >= h.size ? nodesIn(h, box - h.size) : [box];
}

/** Calls from the outermost to the one given, without the whole graph. */
export function chainOf(h: Hierarchy, call: number): number[] {
  const chain: number[] = [];
  for (let c = call; c > 0; c = h.document.calls[c].parent) chain.unshift(c);
  return chain;
}

/** A call, and the call in it as long as that is all it holds: to open one is to open them all. */
export function onlyInside(h: Hierarchy, call: number): number[] {
  const chain = [call];
  for (let c = call; h.nodes[c].length === 0 && h.calls[c].length === 1; chain.push(c)) c = h.calls[c][0];
  return chain;
}

const known = new WeakMap<ExplorerDocument, Hierarchy>();

/** The hierarchy of a document, made once. */
export function knownHierarchy(document: ExplorerDocument): Hierarchy {
  let hierarchy = known.get(document);
  if (!hierarchy) known.set(document, (hierarchy = hierarchyOf(document)));
  return hierarchy;
}

/** The last node of a box, by which boxes stand in the walk. */
export function lastNode(h: Hierarchy, box: number): number {
  return box < h.size ? box : h.last[box - h.size];
}
