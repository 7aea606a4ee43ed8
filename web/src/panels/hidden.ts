/** What the walk through the graph has not reached yet: nothing, unless a step is shown. */
import type { State } from "../state";

export interface Hidden {
  value(node: number): boolean;
  gradient(node: number): boolean;
}

const NOTHING: Hidden = { value: () => false, gradient: () => false };

export function hiddenIn(_: State): Hidden {
  return NOTHING;
}
