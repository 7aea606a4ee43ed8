/** What the user is looking at. Views read it and subscribe; nothing else is shared between them. */
import type { Detail, ExplorerDocument, Numbers } from "./document";

export type View = "both" | "forward" | "backward";
export type Colouring = "none" | "norm" | "zeros" | "cost" | "update" | "difference";

/** One element of an input or parameter with another value. */
export interface Edit {
  node: number;
  /** The position of the element in row-major order. */
  position: number;
  value: number;
}

/** A node, or a folded call. */
export type Selection = { node: number } | { call: number };

export interface State {
  readonly document: ExplorerDocument;
  /** Of the last run: those of the document, or of the last edit. */
  readonly numbers: Numbers;
  /** What is said of nodes, for the same run. */
  readonly details: Readonly<Record<number, Detail>>;
  readonly opened: ReadonlySet<number>;
  readonly selection: Selection | null;
  readonly view: View;
  readonly colouring: Colouring;
  /** All edits in force, relative to the document, and the seed if it was changed: together they make `numbers`. */
  readonly edits: readonly Edit[];
  readonly seed: readonly number[] | null;
  /** Position in the walk forward and back; null if everything is shown. */
  readonly step: number | null;
}

type Listener = (state: State, before: State) => void;

export class Store {
  private listeners: Listener[] = [];

  constructor(private current: State) {}

  get state(): State {
    return this.current;
  }

  set(change: Partial<State>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    for (const each of this.listeners) each(this.current, before);
  }

  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }
}
