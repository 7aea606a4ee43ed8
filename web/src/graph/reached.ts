/** What a walk has not reached yet, for views that show numbers of single nodes. */
import type { ExplorerDocument } from "../document";
import type { State } from "../state";
import { visibleOf, wiresOf } from "./fold";
import { hierarchyOf, nodesOf, type Hierarchy } from "./hierarchy";
import { isShown, walkOf, type Walk } from "./steps";

export interface Reached {
  value: (node: number) => boolean;
  gradient: (node: number) => boolean;
}

interface Known {
  opened: ReadonlySet<number>;
  boxOf: Int32Array;
  walk: Walk;
}

const hierarchies = new WeakMap<ExplorerDocument, Hierarchy>();
const walks = new WeakMap<ExplorerDocument, Known>();

/** The hierarchy of a document, made once. */
export function knownHierarchy(document: ExplorerDocument): Hierarchy {
  let hierarchy = hierarchies.get(document);
  if (!hierarchy) hierarchies.set(document, (hierarchy = hierarchyOf(document)));
  return hierarchy;
}

export function reachedIn({ document, opened, step }: State): Reached {
  if (step === null) return { value: () => true, gradient: () => true };
  const { boxOf, walk } = knownWalk(document, opened);
  return { value: (node) => isShown(walk, step, boxOf[node], "forward"), gradient: (node) => isShown(walk, step, boxOf[node], "backward") };
}

function knownWalk(document: ExplorerDocument, opened: ReadonlySet<number>): Known {
  const known = walks.get(document);
  if (known?.opened === opened) return known;
  const h = knownHierarchy(document);
  const visible = visibleOf(h, opened);
  const fresh = { opened, boxOf: visible.boxOf, walk: walkOf(visible.boxes, wiresOf(h, visible), (box) => lastNode(h, box)) };
  walks.set(document, fresh);
  return fresh;
}

/** The last node of a box, by which boxes stand in the walk. */
export function lastNode(h: Hierarchy, box: number): number {
  return box < h.size ? box : nodesOf(h, box).reduce((most, n) => Math.max(most, n), 0);
}
