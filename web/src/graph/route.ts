/** The way of a value from box to box: out through the frames around its source, in through those around its target. */
import type { Wire } from "./fold";
import { frameOf, type Hierarchy } from "./hierarchy";
import type { Placed } from "./place";
import type { Rect, Station } from "./scene";
import { entryPort, exitPort } from "./structure";

/** An open call in coordinates of the scene. */
export interface Site {
  place: Placed;
  /** What is added to coordinates inside. */
  x: number;
  y: number;
  /** Left and right border of its frame. */
  left: number;
  right: number;
  /** Per position in the structure: the box or the frame. */
  rects: Map<number, Rect>;
}

export function stationsOf(h: Hierarchy, sites: Map<number, Site>, { from, to }: Wire, tensor: number): Station[] {
  const out = framesAround(h, from);
  const into = framesAround(h, to);
  while (out.length && into.length && out[0] === into[0] && out[1] !== undefined && out[1] === into[1]) {
    out.shift();
    into.shift();
  }
  const stations: Station[] = [];
  let current = from;
  for (const call of out.slice(1).reverse()) {
    stations.push(...linkStations(sites, call, current, exitPort(tensor), tensor, h));
    current = h.size + call;
  }
  const inner = into.slice(1);
  const steps = [out[0], ...inner];
  steps.forEach((call, i) => {
    const target = i < inner.length ? h.size + inner[i] : to;
    const way = linkStations(sites, call, i === 0 ? current : entryPort(tensor), target, tensor, h);
    if (i > 0 && stations[stations.length - 1].x1 > way[0].x0 + 1) way[0].apart = true;
    stations.push(...way);
  });
  return stations;
}

/** Open calls around a box, the whole graph first. */
function framesAround(h: Hierarchy, box: number): number[] {
  const frames: number[] = [];
  for (let call = frameOf(h, box); call >= 0; call = h.document.calls[call].parent) frames.unshift(call);
  return frames;
}

function linkStations(sites: Map<number, Site>, call: number, from: number, to: number, tensor: number, h: Hierarchy): Station[] {
  const site = sites.get(call)!;
  const { place, x, y } = site;
  const { structure, columns } = place.arranged;
  const [a, b] = [indexOf(place, from), indexOf(place, to)];
  const l = linkIndex(place, a, b);
  const passes = place.passes[l].map((pass) => span(site, pass.column, y + pass.y));
  const start = leaving(sites, site, a, from, tensor, h);
  const end = entering(sites, site, b, to, tensor, y + place.enters[l], h);
  if (columns.column[a] < columns.column[b]) return [start, ...passes, end];
  return against(site, structure.items, a, b, passes.reverse(), x);
}

/** A link against the order of the columns runs from the left side of its source to the right side of its target. */
function against(site: Site, items: number[], a: number, b: number, passes: Station[], x: number): Station[] {
  const { spans, arranged } = site.place;
  const column = arranged.columns.column;
  const from = site.rects.get(a);
  const to = site.rects.get(b);
  if (!from || !to) throw new Error(`A port of call ${arranged.structure.call} stands against the order of columns (${items[a]} to ${items[b]}).`);
  const turn = ({ x0, x1, y }: Station): Station => ({ x0: x1, x1: x0, y });
  const start = { x0: from.x, x1: x + spans[column[a]][0], y: from.y + from.height - 6 };
  const end = { x0: x + spans[column[b]][1], x1: to.x + to.width, y: to.y + to.height - 6 };
  return [start, ...passes.map(turn), end];
}

function leaving(sites: Map<number, Site>, site: Site, part: number, item: number, tensor: number, h: Hierarchy): Station {
  const column = site.place.arranged.columns.column[part];
  const right = site.x + site.place.spans[column][1];
  if (item < 0) return { x0: site.left, x1: right, y: site.y + site.place.y[part] };
  const rect = site.rects.get(part)!;
  const inner = sites.get(item - h.size);
  if (inner && item >= h.size) return { x0: rect.x + rect.width, x1: right, y: portY(inner, exitPort(tensor)) };
  return { x0: rect.x + rect.width, x1: right, y: rect.y + rect.height / 2 };
}

function entering(sites: Map<number, Site>, site: Site, part: number, item: number, tensor: number, y: number, h: Hierarchy): Station {
  const column = site.place.arranged.columns.column[part];
  const left = site.x + site.place.spans[column][0];
  if (item < 0) return { x0: left, x1: site.right, y: site.y + site.place.y[part] };
  const rect = site.rects.get(part)!;
  const inner = sites.get(item - h.size);
  if (inner && item >= h.size) return { x0: left, x1: rect.x, y: portY(inner, entryPort(tensor)) };
  return { x0: left, x1: rect.x, y };
}

function span(site: Site, column: number, y: number): Station {
  const [left, right] = site.place.spans[column];
  return { x0: site.x + left, x1: site.x + right, y };
}

function portY(site: Site, port: number): number {
  return site.y + site.place.y[indexOf(site.place, port)];
}

const indexes = new WeakMap<object, Map<number, number>>();
const linkIndexes = new WeakMap<object, Map<number, number>>();

function indexOf({ arranged: { structure } }: Placed, item: number): number {
  let index = indexes.get(structure);
  if (!index) indexes.set(structure, (index = new Map(structure.items.map((each, i) => [each, i]))));
  return index.get(item)!;
}

function linkIndex({ arranged: { structure } }: Placed, from: number, to: number): number {
  let index = linkIndexes.get(structure);
  if (!index) linkIndexes.set(structure, (index = new Map(structure.links.map(([a, b], l) => [a * structure.items.length + b, l]))));
  return index.get(from * structure.items.length + to)!;
}
