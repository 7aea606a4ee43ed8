/** Columns and order by dagre. Ports stand at the ends: a heavy link to a point outside holds them there. */
import { Graph, layout } from "@dagrejs/dagre";
import { BETWEEN, PASS_HEIGHT, type Columns, type Pass, type Question } from "./columns";

const BOX_WIDTH = 10;
const HEAVY = 200;

export function byDagre(question: Question): Columns {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "LR", nodesep: BETWEEN, edgesep: PASS_HEIGHT / 2, ranksep: 40 });
  question.heights.forEach((height, i) => graph.setNode(String(i), { width: BOX_WIDTH, height }));
  for (const [from, to] of question.links) graph.setEdge(String(from), String(to), { weight: 1 });
  hold(graph, question);
  layout(graph);
  return read(graph, question);
}

function hold(graph: Graph, { entries, exits, last }: Question): void {
  if (entries.length) graph.setNode("before", { width: 0, height: 0 });
  if (exits.length + last.length) graph.setNode("after", { width: 0, height: 0 });
  for (const i of entries) graph.setEdge("before", String(i), { weight: HEAVY });
  for (const i of [...exits, ...last]) graph.setEdge(String(i), "after", { weight: exits.length ? HEAVY : 4 });
}

function read(graph: Graph, { heights, links }: Question): Columns {
  const nodes = heights.map((_, i) => graph.node(String(i)) as { x: number; y: number });
  const xs = [...new Set(nodes.map((node) => Math.round(node.x)))].sort((a, b) => a - b);
  const columnAt = new Map(xs.map((x, column) => [x, column]));
  const column = nodes.map((node) => columnAt.get(Math.round(node.x))!);
  let shared = 0;
  const passes = links.map(([from, to]) => {
    const points = (graph.edge(String(from), String(to)) as { points: { x: number; y: number }[] }).points;
    const [left, right] = [column[from], column[to]].sort((a, b) => a - b);
    return between(points, columnAt, left, right).map((pass) => ({ ...pass, shared: shared++ }));
  });
  return { column, y: nodes.map((node) => node.y), passes };
}

function between(points: { x: number; y: number }[], columnAt: Map<number, number>, left: number, right: number): Omit<Pass, "shared">[] {
  const found = new Map<number, number>();
  for (const point of points) {
    const column = columnAt.get(Math.round(point.x));
    if (column !== undefined && column > left && column < right) found.set(column, point.y);
  }
  return [...found].sort(([a], [b]) => a - b).map(([column, y]) => ({ column, y }));
}
