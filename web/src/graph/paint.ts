/** How each part of the scene looks now: what is lit, hidden, hatched, or coloured by a quantity. */
import type { Numbers } from "../document";
import type { Colouring, State } from "../state";
import type { Built } from "./build";
import { isBroken, isCutOff, quantityOf, scaleOf, type Scale } from "./colouring";
import { outgoing, type Visible } from "./fold";
import { nodesOf, type Hierarchy } from "./hierarchy";
import { mix, type Palette } from "./palette";
import type { Box, Label, Line, Row } from "./scene";
import { isShown, stageAt, type Walk } from "./steps";
import { gradientTextSoFar } from "./wireNumbers";

export interface Picture {
  h: Hierarchy;
  visible: Visible;
  built: Built;
  walk: Walk;
  state: State;
  palette: Palette;
  facts: Map<number, Facts>;
  scale: Scale | null;
}

/** Of a box, whatever is lit. */
export interface Facts {
  quantity: number | null;
  cutOff: boolean;
  broken: boolean;
  output: boolean;
}

export interface BoxPaint {
  fill: string;
  stroke: string;
  thick: boolean;
  hatched: boolean;
  faded: boolean;
  broken: boolean;
}

export function picture(h: Hierarchy, visible: Visible, built: Built, walk: Walk, state: State, palette: Palette): Picture {
  const facts = new Map(visible.boxes.map((box) => [box, factsOf(h, visible, state, box)]));
  const quantities = [...facts.values()].flatMap(({ quantity }) => (quantity === null ? [] : [quantity]));
  const scale = state.colouring === "none" ? null : scaleOf(state.colouring, quantities, state.document);
  return { h, visible, built, walk, state, palette, facts, scale };
}

const known = new WeakMap<Numbers, Map<string, Facts>>();

/** Remembered for the numbers of a run: a folded call may hold very many nodes. */
function factsOf(h: Hierarchy, visible: Visible, { numbers, colouring }: State, box: number): Facts {
  let ofRun = known.get(numbers);
  if (!ofRun) known.set(numbers, (ofRun = new Map()));
  const key = `${colouring} ${box}`;
  let facts = ofRun.get(key);
  if (!facts) ofRun.set(key, (facts = freshFacts(h, visible, numbers, colouring, box)));
  return facts;
}

function freshFacts(h: Hierarchy, visible: Visible, numbers: Numbers, colouring: Colouring, box: number): Facts {
  const nodes = nodesOf(h, box);
  const given = outgoing(h, visible, box, nodes);
  return {
    quantity: quantityOf(h, numbers, colouring, nodes, given), cutOff: isCutOff(numbers, given), broken: isBroken(h, numbers, nodes),
    output: h.document.outputs.some((n) => visible.boxOf[n] === box),
  };
}

export function boxPaint({ facts, state, walk, palette, scale }: Picture, { box, row, look }: Box): BoxPaint {
  const { quantity, cutOff, broken, output } = facts.get(box)!;
  const faded = !isShown(walk, state.step, box, row);
  const stage = state.step === null ? null : stageAt(walk, state.step);
  const lit = stage !== null && stage.box === box && stage.row === row;
  const role = look === "input" || look === "parameter" || look === "constant" ? palette[look] : output ? palette.output : palette.surface;
  const quiet = scale ? palette.surface : role;
  const filled = scale && quantity !== null ? mix(palette.surface, palette.scale, Math.min(1, Math.max(0, scale.place(quantity)))) : quiet;
  return {
    fill: lit ? palette.lit : filled, stroke: lit ? palette["lit-line"] : broken ? palette.bad : output ? palette.gradient : palette.edge,
    thick: lit || broken, hatched: row === "backward" && cutOff, faded, broken,
  };
}

/** The text of a number now; empty while it is hidden. */
export function labelText({ built, state, walk }: Picture, label: Label): string {
  const { step } = state;
  if (step === null) return label.text;
  if (label.kind === "value") return isShown(walk, step, label.box, "forward") ? label.text : "";
  if (label.kind === "sent") return isShown(walk, step, label.by, "backward") ? label.text : "";
  return gradientTextSoFar(built.beside.get(label.box)!, (by) => isShown(walk, step, by, "backward"), isShown(walk, step, label.box, "backward"));
}

export interface LinePaint {
  stroke: string;
  thick: boolean;
  dashed: boolean;
  faded: boolean;
}

export function linePaint(picture: Picture, line: Line): LinePaint {
  const { state, walk, palette } = picture;
  const sender = line.row === "forward" ? line.from : line.to;
  const receiver = line.row === "forward" ? line.to : line.from;
  const stage = state.step === null ? null : stageAt(walk, state.step);
  const active = stage !== null && stage.row === line.row && stage.box === (line.row === "forward" ? receiver : sender);
  const plain = line.row === "forward" ? palette.edge : mix(palette.edge, palette.gradient, 0.45);
  return {
    stroke: active ? palette["lit-line"] : plain, thick: active, dashed: line.row === "backward" && !carries(picture, line),
    faded: !isShown(walk, state.step, sender, line.row as Row),
  };
}

/** Whether a gradient passes over a line. */
function carries({ h, visible, state: { numbers } }: Picture, { to, tensors }: Line): boolean {
  for (const tensor of tensors)
    for (let u = h.firstUser[tensor]; u < h.firstUser[tensor + 1]; u++) {
      const user = h.users[u];
      if (visible.boxOf[user] !== to) continue;
      if (h.document.nodes.inputs[user].some((input, k) => input === tensor && (numbers.downstream[user]?.[k] ?? -1) >= 0)) return true;
    }
  return false;
}
