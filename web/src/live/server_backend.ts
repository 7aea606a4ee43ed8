/** The server that opened the page, asked over HTTP from the same origin. */
import { isFloat, sizeOf } from "../dense";
import type { ExplorerDocument, TensorData } from "../document";
import type { Edit } from "../state";
import type { Backend, InputCheck, Run, Wanted } from "./backend";

export class ServerBackend implements Backend {
  constructor(private readonly document: ExplorerDocument) {}

  edit(edits: readonly Edit[], seed: readonly number[] | null): Promise<Run> {
    return post<Run>("edit", { edits, seed: this.perOutput(seed) });
  }

  async check(node: number, edits: readonly Edit[], seed: readonly number[] | null): Promise<InputCheck[]> {
    return (await post<{ inputs: InputCheck[] }>("check", { node, edits, seed: this.perOutput(seed) })).inputs;
  }

  tensor = (wanted: Wanted, edits: readonly Edit[], seed: readonly number[] | null): Promise<TensorData> =>
    post<TensorData>("tensor", { ...wanted, edits, seed: this.perOutput(seed) });

  /** The seed as the server takes it: one entry per output, a list for an array, 0 for an output without gradient. */
  private perOutput(seed: readonly number[] | null): (number | number[])[] | null {
    if (!seed) return null;
    const { outputs, nodes, dtypes } = this.document;
    let at = 0;
    return outputs.map((output) => {
      const shape = nodes.shape[output];
      if (!isFloat(dtypes[nodes.dtype[output]])) return 0;
      const part = seed.slice(at, (at += sizeOf(shape)));
      return shape.length ? part : part[0];
    });
  }
}

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${path}${location.search}`, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body) }).catch(() => {
    throw new Error("The server that opened this page does not answer. Open the graph again with graph.explore().");
  });
  const content = (await response.json()) as Answer & { error?: string };
  if (!response.ok) throw new Error(content.error ?? `The server answered with the status ${response.status}.`);
  return content;
}
