/** What stands in a box: a title, a line below it, and which look it has. */
import { callOf, type Hierarchy } from "./hierarchy";
import { shapeText } from "../tensors";

export type Look = "gate" | "input" | "parameter" | "constant" | "call";

export interface Contents {
  title: string;
  line: string;
  look: Look;
}

const SIGNS: Record<string, string> = { add: "+", subtract: "−", multiply: "×", divide: "÷", matmul: "@", negative: "− x", power: "xⁿ" };

export function contentsOf(h: Hierarchy, box: number): Contents {
  const call = callOf(h, box);
  return call >= 0 ? callContents(h, call) : nodeContents(h, box);
}

function callContents(h: Hierarchy, call: number): Contents {
  const { kind } = h.document.calls[call];
  const size = `${thousands(h.count[call])} nodes`;
  const title = callTitle(h, call);
  return { title, line: kind && !title.startsWith(kind) ? `${kind} · ${size}` : size, look: "call" };
}

/** Its label; a number alone, as of the parts of a sequence, with its kind. */
export function callTitle(h: Hierarchy, call: number): string {
  const { label, kind } = h.document.calls[call];
  return kind && /^\d+$/.test(label) ? `${kind} ${label}` : label;
}

function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function nodeContents(h: Hierarchy, n: number): Contents {
  const { nodes } = h.document;
  const shape = shapeText(nodes.shape[n]);
  const role = nodes.role[n];
  if (role !== "gate") return { title: nameInside(h, n), line: `${role} · ${shape}`, look: role };
  const kind = gateName(h, n);
  const title = SIGNS[kind] ?? kind;
  return { title, line: nodes.name[n] === kind ? shape : `${nodes.name[n]} · ${shape}`, look: "gate" };
}

/** Its name without the path of the call in whose frame it stands. */
export function nameInside(h: Hierarchy, n: number): string {
  const name = h.document.nodes.name[n];
  const path = `${h.document.calls[h.home[n]].path}.`;
  return path.length > 1 && name.startsWith(path) ? name.slice(path.length) : name;
}

/** The name of what a node computes: of the gate that it stands for, else of its primitive. */
export function gateName(h: Hierarchy, n: number): string {
  const { nodes, kinds, calls } = h.document;
  const label = h.alias[n] > 0 ? calls[h.alias[n]].label : "";
  return label && !/^\d+$/.test(label) ? label : kinds[nodes.kind[n]];
}

/** Of the gradient that belongs to a box: ∂ and its name. */
export function backwardContents(h: Hierarchy, box: number): Contents {
  const { title, line, look } = contentsOf(h, box);
  const call = callOf(h, box);
  const name = call >= 0 ? title : nameInside(h, box);
  return { title: `∂ ${name}`, line: call >= 0 ? line : look === "gate" ? `${title} backward` : line, look };
}

/** The name by which sentences call a box. */
export function nameOf(h: Hierarchy, box: number): string {
  const call = callOf(h, box);
  return call >= 0 ? h.document.calls[call].title : h.document.nodes.name[box];
}
