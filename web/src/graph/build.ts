/** From what is visible and the layouts of the open calls to the scene. */
import type { Numbers } from "../document";
import type { View } from "../state";
import { backwardContents, callTitle, contentsOf } from "./contents";
import { outgoing, type Visible, type Wire } from "./fold";
import { nodesOf, type Hierarchy } from "./hierarchy";
import { labelsOf } from "./labels";
import type { Arranged } from "./layout/client";
import { axisBelow, FRAME_BAR, mirrored, partnersOf, type Half } from "./mirror";
import { placed, type Placed, type Size } from "./place";
import { stationsOf, type Site } from "./route";
import { boundsOf, type Box, type Frame, type Line, type Scene } from "./scene";
import { boxSize, PORT } from "./sizes";
import type { Measure } from "./text";
import { boxNumbers, type BoxNumbers, type Sent } from "./wireNumbers";

export interface Request {
  h: Hierarchy;
  visible: Visible;
  wires: Wire[];
  arranged: Map<number, Arranged>;
  /** Null if no numbers stand beside wires. */
  numbers: Numbers | null;
  view: View;
  measure: Measure;
}

const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };

/** Inside a frame, around its parts. */
const PADDING = 16;

export interface Built {
  scene: Scene;
  /** Per box the numbers beside its wires. */
  beside: Map<number, BoxNumbers>;
}

export function build(request: Request): Built {
  const beside = request.numbers ? numbersBeside(request, request.numbers) : new Map<number, BoxNumbers>();
  const sent = sentTo(request.wires, beside);
  const places = new Map<number, Placed>();
  const sizes = new Map<number, Size>();
  placeCall(request, 0, beside, sent, places, sizes);
  const half: Half = { boxes: [], frames: [], labels: [], lines: [] };
  const sites = new Map<number, Site>();
  putDown(request, 0, 0, 0, places, sizes, half, sites);
  half.lines = linesOf(request, sites);
  half.labels = labelsOf(half, beside, sent, request.measure);
  return { scene: sceneOf(request, half), beside };
}

function numbersBeside({ h, visible, wires }: Request, numbers: Numbers): Map<number, BoxNumbers> {
  const users = new Map<number, Wire[]>();
  for (const wire of wires) users.set(wire.from, [...(users.get(wire.from) ?? []), wire]);
  const found = new Map<number, BoxNumbers>();
  for (const box of visible.boxes) {
    const given = outgoing(h, visible, box, nodesOf(h, box));
    const own = boxNumbers(h, visible, numbers, box, given, users.get(box) ?? []);
    if (own) found.set(box, own);
  }
  return found;
}

function sentTo(wires: Wire[], beside: Map<number, BoxNumbers>): Sent {
  const sent: Sent = new Map();
  for (const { from, to } of wires) {
    const parts = beside.get(from)?.parts ?? [];
    const part = parts.length > 1 ? parts.find(({ by }) => by === to) : undefined;
    if (part) sent.set(to, [...(sent.get(to) ?? []), { to: from, text: `∂ ${part.text}` }]);
  }
  return sent;
}

/** Sizes from the inside out: a frame is as large as its parts. */
function placeCall(request: Request, call: number, beside: Map<number, BoxNumbers>, sent: Sent, places: Map<number, Placed>, sizes: Map<number, Size>): Size {
  const arranged = request.arranged.get(call)!;
  const { items, links } = arranged.structure;
  const entering = new Array<number>(items.length).fill(0);
  for (const [, to] of links) entering[to]++;
  const own = items.map((item, i) => {
    if (item < 0) return PORT;
    const inner = item - request.h.size;
    const size = inner >= 0 && request.arranged.has(inner)
      ? placeCall(request, inner, beside, sent, places, sizes)
      : boxSize(contentsOf(request.h, item), backwardContents(request.h, item), beside.get(item) ?? null, entering[i], (sent.get(item) ?? []).map(({ text }) => text), request.measure);
    sizes.set(item, size);
    return size;
  });
  const place = placed(arranged, own);
  places.set(call, place);
  const height = place.bottom - place.top + FRAME_BAR + 2 * PADDING;
  const title = request.measure(frameTitle(request.h, call), "title") + 60;
  return { width: Math.max(place.width + 2 * PADDING, title), height, left: 0, right: 0, slot: height + 8, enter: 10 };
}

function frameTitle(h: Hierarchy, call: number): string {
  const { title, line } = frame(h, call, NOWHERE);
  return `${title}  ${line}`;
}

/** Coordinates from the outside in. */
function putDown(request: Request, call: number, x: number, y: number, places: Map<number, Placed>, sizes: Map<number, Size>, half: Half, sites: Map<number, Site>): void {
  const { h } = request;
  const place = places.get(call)!;
  const width = sizes.get(h.size + call)?.width ?? place.width;
  sites.set(call, { place, x, y, left: x - PADDING, right: x - PADDING + width, rects: new Map() });
  place.arranged.structure.items.forEach((item, i) => {
    if (item < 0) return;
    const size = sizes.get(item)!;
    const rect = { x: x + place.x[i] - size.width / 2, y: y + place.y[i] - size.height / 2, width: size.width, height: size.height };
    sites.get(call)!.rects.set(i, rect);
    const inner = item - h.size;
    if (!places.has(inner) || inner < 0) half.boxes.push({ ...rect, box: item, row: "forward", ...contentsOf(h, item) });
    else {
      half.frames.push(frame(h, inner, rect));
      putDown(request, inner, rect.x + PADDING, rect.y + FRAME_BAR + PADDING - places.get(inner)!.top, places, sizes, half, sites);
    }
  });
}

function frame(h: Hierarchy, call: number, rect: Pick<Frame, "x" | "y" | "width" | "height">): Frame {
  const { kind } = h.document.calls[call];
  const title = callTitle(h, call);
  return { ...rect, call, row: "forward", title, line: title.startsWith(kind) ? "" : kind, depth: h.depth[call] };
}

function linesOf({ h, wires }: Request, sites: Map<number, Site>): Line[] {
  return wires.flatMap((wire) => {
    const ways = new Map<string, Line>();
    for (const tensor of wire.tensors) {
      const stations = stationsOf(h, sites, wire, tensor);
      const key = stations.map(({ x0, y }) => `${Math.round(x0)} ${Math.round(y)}`).join();
      const known = ways.get(key);
      if (known) known.tensors.push(tensor);
      else ways.set(key, { ...wire, tensors: [tensor], row: "forward", stations });
    }
    return [...ways.values()];
  });
}

function sceneOf({ h, view }: Request, forward: Half): Scene {
  const axis = axisBelow(forward);
  const facing = (box: Box): Box => ({ ...box, ...backwardContents(h, box.box) });
  const backward = mirrored(forward, axis, facing);
  if (view === "forward") forward = { ...forward, labels: forward.labels.filter(({ kind }) => kind === "value") };
  const halves = view === "both" ? [forward, backward] : [view === "forward" ? forward : backward];
  const scene = {
    boxes: halves.flatMap(({ boxes }) => boxes), frames: halves.flatMap(({ frames }) => frames),
    labels: halves.flatMap(({ labels }) => labels), lines: halves.flatMap(({ lines }) => lines),
    partners: view === "both" ? partnersOf(forward, axis) : [],
  };
  return { ...scene, bounds: boundsOf([...scene.boxes, ...scene.frames, ...scene.labels], 24) };
}
