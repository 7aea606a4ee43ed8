/** Asks the worker; each call is asked once, since its layout does not depend on what is open. */
import type { Hierarchy } from "../hierarchy";
import { structureOf, type Structure } from "../structure";
import { OPENED_LIMIT, WHOLE_LIMIT, type Columns, type Question } from "./columns";
import LayoutWorker from "./worker?worker&inline";

export interface Arranged {
  structure: Structure;
  columns: Columns;
}

export class Arranger {
  private readonly worker = new LayoutWorker();
  private readonly waiting = new Map<number, { resolve: (columns: Columns) => void; reject: (error: Error) => void }>();
  private readonly known = new Map<number, Promise<Arranged>>();
  private asked = 0;

  constructor(private readonly hierarchy: Hierarchy, private readonly heightOf: (item: number) => number) {
    this.worker.addEventListener("message", (event: MessageEvent<{ id: number; columns?: Columns; failure?: string }>) => {
      const { id, columns, failure } = event.data;
      const { resolve, reject } = this.waiting.get(id)!;
      this.waiting.delete(id);
      if (columns) resolve(columns);
      else reject(new Error(`The layout failed: ${failure}`));
    });
  }

  arrange(call: number): Promise<Arranged> {
    let arranged = this.known.get(call);
    if (!arranged) this.known.set(call, (arranged = this.fresh(call)));
    return arranged;
  }

  private async fresh(call: number): Promise<Arranged> {
    const structure = structureOf(this.hierarchy, call);
    const { items, links, entries, exits, last } = structure;
    return { structure, columns: await this.ask({ heights: items.map(this.heightOf), links, entries, exits, last, limit: call === 0 ? WHOLE_LIMIT : OPENED_LIMIT }) };
  }

  private ask(question: Question): Promise<Columns> {
    const id = this.asked++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, question });
    });
  }
}
