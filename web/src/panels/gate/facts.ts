/** Source line, size, cost and static arguments of a node. */
import { sizeOf } from "../../dense";
import type { ExplorerDocument, TensorData } from "../../document";
import { element } from "../../dom";
import type { State } from "../../state";
import { countText, isScalar, normOf, numberText, shapeText, statisticsOf } from "../../tensors";
import { extentText, share } from "../figures";
import { dtypeOf, upstreamOf, valueOf } from "../readings";
import { titled, type Section } from "../section";

export function factsSection(node: number): Section {
  return titled("Facts", (state) => [source(state.document, node), table(rows(state, node))]);
}

export function table(entries: readonly (readonly [string, string])[]): HTMLElement {
  return element("dl", { class: "facts" }, ...entries.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]));
}

function source({ nodes, lines }: ExplorerDocument, node: number): HTMLElement | null {
  const line = lines[nodes.line[node]];
  if (!line) return null;
  return element("div", { class: "source-line" }, element("p", { class: "place" }, `${line.file}:${line.line}`), element("pre", {}, element("code", {}, line.source)));
}

function rows(state: State, node: number): [string, string][] {
  const { document } = state;
  const { nodes } = document;
  const shape = nodes.shape[node];
  return [
    ["shape", shape.length > 1 ? `${shapeText(shape)}, ${sizeOf(shape).toLocaleString("en")} elements` : extentText(shape)],
    ["dtype", dtypeOf(document, node)],
    ...measured("value", valueOf(state, node)),
    ...measured("gradient", upstreamOf(state, node)),
    ...costs(document, node),
    ...attributes(document, node),
  ];
}

function measured(name: string, tensor: TensorData | null): [string, string][] {
  if (!tensor || isScalar(tensor)) return [];
  const { zeros, count } = statisticsOf(tensor);
  const norm = normOf(tensor);
  return [[name, `norm ${numberText(norm)}, ${share(zeros, count)} zeros`]];
}

function costs({ nodes }: ExplorerDocument, node: number): [string, string][] {
  if (nodes.role[node] !== "gate" || !nodes.flop.length) return [];
  return [
    ["forward", costText(nodes.flop[node], nodes.bytes[node])],
    ["backward", costText(nodes.backwardFlop[node], nodes.backwardBytes[node])],
  ];
}

/** The cost of some nodes, forward and backward; empty where nothing was counted. */
export function totalCosts({ nodes }: ExplorerDocument, of: readonly number[]): [string, string][] {
  if (!nodes.flop.length) return [];
  const sum = (column: readonly number[]): number => of.reduce((total, each) => total + column[each], 0);
  return [
    ["forward", costText(sum(nodes.flop), sum(nodes.bytes))],
    ["backward", costText(sum(nodes.backwardFlop), sum(nodes.backwardBytes))],
  ];
}

function costText(flop: number, bytes: number): string {
  return `${countText(flop)} FLOP, ${countText(bytes)}B`.replace(/(\d)B$/, "$1 B");
}

function attributes({ nodes }: ExplorerDocument, node: number): [string, string][] {
  return Object.entries(nodes.attributes[node] ?? {}).map(([name, value]) => [name, written(value)]);
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? value : JSON.stringify(value);
}
