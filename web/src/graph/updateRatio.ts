/** How much a step changes the parameters inside a box, relative to them. */
import type { ExplorerDocument, Numbers } from "../document";
import { statisticsOf } from "../tensors";

const RECORDED = ": update";
const known = new WeakMap<ExplorerDocument, Map<string, number>>();

/** Whether the document is of a run whose updates were measured. */
export function hasUpdates(document: ExplorerDocument): boolean {
  return recorded(document).size > 0;
}

/** ‖update‖ / ‖parameter‖, the largest of those inside, as the run last measured it; without a run ‖gradient‖ / ‖parameter‖. */
export function updateRatio(document: ExplorerDocument, numbers: Numbers, nodes: number[]): number | null {
  const parameters = nodes.filter((n) => document.nodes.role[n] === "parameter");
  if (!hasUpdates(document)) return gradientRatio(numbers, parameters);
  const found = parameters.map((n) => recorded(document).get(document.nodes.name[n])).filter((x) => x !== undefined);
  return found.length ? Math.max(...found) : null;
}

function recorded(document: ExplorerDocument): Map<string, number> {
  let found = known.get(document);
  if (!found) {
    found = new Map();
    for (const each of document.findings?.figures ?? []) {
      const last = each.values.filter((x) => x !== null).at(-1);
      if (each.name === each.path + RECORDED && last !== undefined) found.set(each.path, last);
    }
    known.set(document, found);
  }
  return found;
}

function gradientRatio(numbers: Numbers, parameters: number[]): number | null {
  const gradient = normOf(numbers, parameters.map((n) => numbers.upstream[n]));
  const value = normOf(numbers, parameters.map((n) => numbers.value[n]));
  return gradient === null || !value ? null : gradient / value;
}

function normOf(numbers: Numbers, tensors: number[]): number | null {
  const norms = tensors.filter((each) => each >= 0).map((each) => statisticsOf(numbers.tensors[each]).norm);
  return norms.length ? Math.hypot(...norms) : null;
}
