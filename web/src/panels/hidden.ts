/** What the walk through the graph has not reached yet, so that the panel does not say it. */
import type { State } from "../state";

export interface Hidden {
  value(node: number): boolean;
  gradient(node: number): boolean;
}

export type HiddenIn = (state: State) => Hidden;

const NOTHING: Hidden = { value: () => false, gradient: () => false };

/** Without a walk nothing is hidden. */
export const nothingHidden: HiddenIn = () => NOTHING;
