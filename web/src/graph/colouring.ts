/** Colours of boxes by a quantity: gradient norm, zeros, cost, update ratio or the difference of two runs. */
import type { ExplorerDocument, Numbers, TensorData } from "../document";
import type { Colouring } from "../state";
import { countText, numberText, statisticsOf } from "../tensors";
import type { Hierarchy } from "./hierarchy";
import { hasUpdates, updateRatio } from "./updateRatio";

export interface Scale {
  title: string;
  least: number;
  greatest: number;
  text: (value: number) => string;
  /** From 0 to 1. */
  place: (value: number) => number;
}

/** The quantity of a box, null where it has none. `nodes` are those inside, `given` those that others use. */
export function quantityOf(h: Hierarchy, numbers: Numbers, colouring: Colouring, nodes: number[], given: number[]): number | null {
  switch (colouring) {
    case "none": return null;
    case "norm": return root(given, (n) => normOf(numbers, numbers.upstream[n]));
    case "zeros": return zeros(numbers, given);
    case "cost": return nodes.reduce((sum, n) => sum + h.document.nodes.flop[n] + h.document.nodes.backwardFlop[n], 0);
    case "update": return updateRatio(h.document, numbers, nodes);
    case "difference": return difference(h.document, nodes);
  }
}

function normOf(numbers: Numbers, tensor: number): number | null {
  return tensor < 0 ? null : statisticsOf(numbers.tensors[tensor]).norm;
}

function root(nodes: number[], norm: (n: number) => number | null): number | null {
  const norms = nodes.map(norm).filter((x) => x !== null);
  return norms.length ? Math.hypot(...norms) : null;
}

function zeros(numbers: Numbers, nodes: number[]): number | null {
  const found = nodes.filter((n) => numbers.upstream[n] >= 0).map((n) => statisticsOf(numbers.tensors[numbers.upstream[n]]));
  const count = found.reduce((sum, each) => sum + each.count, 0);
  return count ? found.reduce((sum, each) => sum + each.zeros, 0) / count : null;
}

function difference(document: ExplorerDocument, nodes: number[]): number | null {
  const inside = new Set(nodes);
  const found = (document.comparison?.pairs ?? []).filter((pair) => inside.has(pair.node)).map((pair) => pair.difference);
  return found.length ? Math.max(...found) : null;
}

const TITLES: Record<Exclude<Colouring, "none">, string> = {
  norm: "norm of the gradient", zeros: "share of zeros in the gradient", cost: "operations, forward and backward",
  update: "‖gradient‖ / ‖parameter‖", difference: "relative difference of the two runs",
};

function titleOf(colouring: Exclude<Colouring, "none">, document: ExplorerDocument): string {
  return colouring === "update" && hasUpdates(document) ? "‖update‖ / ‖parameter‖ of a step" : TITLES[colouring];
}

/** Logarithms end here, or one zero-like number would make all others alike. */
const FAINTEST = 1e-12;

/** Shares are placed as they are, all other quantities by their logarithm. */
export function scaleOf(colouring: Exclude<Colouring, "none">, values: number[], document: ExplorerDocument): Scale {
  const finite = values.filter((value) => Number.isFinite(value) && (colouring === "zeros" || value > 0));
  const linear = colouring === "zeros";
  const greatest = linear ? 1 : finite.reduce((a, b) => Math.max(a, b), 0);
  const least = linear ? 0 : Math.max(finite.reduce((a, b) => Math.min(a, b), Infinity), greatest * FAINTEST);
  const text = linear ? (x: number) => `${numberText(100 * x, 3)} %` : colouring === "cost" ? countText : (x: number) => numberText(x, 3);
  const place = (value: number) => {
    if (linear) return value;
    if (value <= 0 || !(greatest > 0)) return 0;
    return greatest === least ? 1 : Math.min(1, Math.max(0, Math.log(value / least) / Math.log(greatest / least)));
  };
  return { title: titleOf(colouring, document), least: Number.isFinite(least) ? least : 0, greatest, text, place };
}

/** Whether no gradient reaches a box, which is not the same as zero. */
export function isCutOff(numbers: Numbers, given: number[]): boolean {
  return given.length > 0 && given.every((n) => numbers.upstream[n] < 0);
}

/** Whether a value or gradient inside has NaN or infinity; a constant may be infinite on purpose. */
export function isBroken(h: Hierarchy, numbers: Numbers, nodes: number[]): boolean {
  return nodes.some((n) => h.document.nodes.role[n] !== "constant" && [numbers.value[n], numbers.upstream[n]].some((t) => t >= 0 && isUnfit(numbers.tensors[t])));
}

function isUnfit(tensor: TensorData): boolean {
  const { nans, infinities } = statisticsOf(tensor);
  return nans + infinities > 0;
}
