/** The arithmetic of the page itself, for small graphs in a file without a server. */
import { check } from "../arithmetic/check";
import { circuitOf, edited, forward, type Circuit } from "../arithmetic/circuit";
import { reverse, type Gradients } from "../arithmetic/reverse";
import { detailsAfter } from "../arithmetic/sentences";
import { tensorOf, type Dense } from "../dense";
import type { ExplorerDocument, Numbers, TensorData } from "../document";
import { documentSeed } from "../seed";
import type { Edit } from "../state";
import type { Backend, InputCheck, Run } from "./backend";

export class PageBackend implements Backend {
  private readonly circuit: Circuit;
  private readonly seed: readonly number[];

  /** Raises an error with a sentence for a graph that the page cannot compute. */
  constructor(private readonly document: ExplorerDocument) {
    this.circuit = circuitOf(document);
    this.seed = documentSeed(document);
  }

  async edit(edits: readonly Edit[], seed: readonly number[] | null): Promise<Run> {
    const circuit = edited(this.circuit, edits);
    const values = forward(circuit);
    const numbers = numbersOf(values, reverse(circuit, values, seed ?? this.seed));
    return { numbers, details: detailsAfter(this.document, circuit, values) };
  }

  async check(node: number, edits: readonly Edit[], seed: readonly number[] | null): Promise<InputCheck[]> {
    return check(edited(this.circuit, edits), seed ?? this.seed, node);
  }

  tensor = null;
}

function numbersOf(values: readonly Dense[], { upstream, downstream, local }: Gradients): Numbers {
  const tensors: TensorData[] = [];
  const places = new Map<Dense, number>();
  const place = (dense: Dense | null): number => {
    if (!dense) return -1;
    if (!places.has(dense)) places.set(dense, tensors.push(tensorOf(dense)) - 1);
    return places.get(dense)!;
  };
  return {
    tensors,
    value: values.map(place),
    upstream: upstream.map(place),
    downstream: downstream.map((each) => each.map(place)),
    local: local.map((each) => each.map(place)),
  };
}
