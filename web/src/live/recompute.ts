/** Keeps the numbers of the state those of its edits and seed: asks the backend whenever these change. */
import type { State, Store } from "../state";
import type { Backend } from "./backend";

type Say = (sentence: string) => void;

/** One computation at a time; while one runs, only the latest change waits. */
export function keepNumbers(store: Store, backend: Backend | string, say: Say): void {
  let running = false;
  let waiting = false;

  const compute = async (): Promise<void> => {
    if (running) {
      waiting = true;
      return;
    }
    running = true;
    try {
      await renew(store, backend);
    } catch (error) {
      say((error as Error).message);
    }
    running = false;
    if (waiting) {
      waiting = false;
      await compute();
    }
  };

  store.subscribe((state, before) => {
    if (state.edits !== before.edits || state.seed !== before.seed) void compute();
  });
  if (isEdited(store.state)) void compute();
}

export function isEdited(state: State): boolean {
  return state.edits.length > 0 || state.seed !== null;
}

async function renew(store: Store, backend: Backend | string): Promise<void> {
  const { document, edits, seed } = store.state;
  if (typeof backend === "string") throw new Error(backend);
  if (!isEdited(store.state)) {
    store.set({ numbers: document.numbers, details: document.details });
    return;
  }
  store.set(await backend.edit(edits, seed));
}
