/** The walk through the graph as the panel needs it: what it shows now, and what it has not reached yet. */
import type { Selection, State } from "../state";

export interface Hidden {
  value(node: number): boolean;
  gradient(node: number): boolean;
}

export type HiddenIn = (state: State) => Hidden;

export interface WalkView {
  readonly hiddenIn: HiddenIn;
  /** What is lit at the step of a state; null without a step. */
  lit(state: State): Selection | null;
}

const NOTHING: Hidden = { value: () => false, gradient: () => false };

/** Without a walk nothing is hidden. */
export const NO_WALK: WalkView = { hiddenIn: () => NOTHING, lit: () => null };
