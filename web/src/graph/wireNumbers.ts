/** The numbers beside wires: the value of a box, the gradient that arrives, and what each user sends. */
import type { Numbers, TensorData } from "../document";
import { elementsOf, numberText, normOf } from "../tensors";
import type { Visible, Wire } from "./fold";
import type { Hierarchy } from "./hierarchy";

export interface Part {
  /** The box that sends; the box itself for the seed. */
  by: number;
  text: string;
}

export interface BoxNumbers {
  value: string;
  /** Contributions in the order in which they arrive, and their sum; empty for a constant, which needs none. */
  parts: Part[];
  sum: string;
  scalar: boolean;
}

/** Per box the contributions that it sends back over wires whose source adds several. */
export type Sent = Map<number, { to: number; text: string }[]>;

export const NO_PATH = "no path";

/** Of a box that gives one value away; null of others. */
export function boxNumbers(h: Hierarchy, visible: Visible, numbers: Numbers, box: number, given: number[], users: Wire[]): BoxNumbers | null {
  if (given.length !== 1) return null;
  const node = given[0];
  const value = numbers.tensors[numbers.value[node]];
  const gradient = numbers.tensors[numbers.upstream[node]];
  const parts = users.map(({ to }) => ({ by: to, text: sentText(h, visible, numbers, node, to) })).reverse();
  if (h.document.outputs.includes(node) && gradient) parts.unshift({ by: box, text: seedText(parts.length, gradient) });
  const constant = h.document.nodes.role[node] === "constant";
  return {
    value: value ? tensorText(value) : "", sum: gradient ? tensorText(gradient) : constant ? "" : NO_PATH,
    parts: parts.filter((part) => part.text), scalar: isNumber(gradient),
  };
}

function seedText(others: number, gradient: TensorData): string {
  return others ? "seed" : tensorText(gradient);
}

/** What one box sends back for a value: the sum over the uses inside the box. */
function sentText(h: Hierarchy, visible: Visible, numbers: Numbers, node: number, to: number): string {
  const sent: TensorData[] = [];
  const seen = new Set<number>();
  for (let u = h.firstUser[node]; u < h.firstUser[node + 1]; u++) {
    const user = h.users[u];
    if (visible.boxOf[user] !== to || seen.has(user)) continue;
    seen.add(user);
    h.document.nodes.inputs[user].forEach((input, k) => {
      const tensor = numbers.tensors[numbers.downstream[user]?.[k] ?? -1];
      if (input === node && tensor) sent.push(tensor);
    });
  }
  return sentSum(sent);
}

function sentSum(sent: TensorData[]): string {
  if (!sent.length) return "";
  if (sent.length === 1) return tensorText(sent[0]);
  if (sent.some((tensor) => tensor.kept)) return `${sent.length} parts`;
  const sums = elementsOf(sent[0]).slice();
  for (const tensor of sent.slice(1)) elementsOf(tensor).forEach((x, i) => (sums[i] += x));
  return sums.length === 1 ? numberText(sums[0]) : normText(Math.hypot(...sums));
}

export function tensorText(tensor: TensorData): string {
  return isNumber(tensor) ? numberText(elementsOf(tensor)[0]) : normText(normOf(tensor));
}

function normText(norm: number): string {
  return `‖${numberText(norm, 3)}‖`;
}

function isNumber(tensor: TensorData | undefined): boolean {
  return !!tensor && !tensor.kept && tensor.shape.every((length) => length === 1);
}

/** ∂ 3 + 2 = 5; for arrays the norm of the sum. */
export function gradientText({ parts, sum, scalar }: BoxNumbers): string {
  if (sum === NO_PATH || !sum) return sum;
  const added = scalar && parts.length > 1 && parts.length <= 3 && parts.every((part) => part.text !== "seed");
  return added ? `∂ ${join(parts)} = ${sum}` : `∂ ${sum}`;
}

/** The same while contributions still arrive: those that are there, and then their sum. */
export function gradientTextSoFar(numbers: BoxNumbers, arrived: (box: number) => boolean, complete: boolean): string {
  const { parts, sum, scalar } = numbers;
  const here = parts.filter((part) => arrived(part.by));
  if (complete) return gradientText(numbers);
  if (!here.length || sum === NO_PATH || !sum) return "";
  if (!scalar) return here.length === parts.length ? `∂ ${sum}` : `∂ ${here.length} of ${parts.length}`;
  return `∂ ${join(here)}${here.length < parts.length ? " + ⋯" : ""}`;
}

function join(parts: Part[]): string {
  return parts.map(({ text }, i) => (i === 0 ? text : text.startsWith("−") ? `− ${text.slice(1)}` : `+ ${text}`)).join(" ");
}
