/** The seed of a reverse pass: what arrives at the outputs from outside, in a row, floating-point outputs only. */
import { isFloat, sizeOf, tensorOf } from "./dense";
import type { ExplorerDocument, Numbers, TensorData } from "./document";
import type { State } from "./state";
import { elementsOf } from "./tensors";

/** The outputs that have a gradient, each once. */
export function seededOutputs({ outputs, nodes, dtypes }: ExplorerDocument): number[] {
  return [...new Set(outputs)].filter((each) => isFloat(dtypes[nodes.dtype[each]]));
}

/** The seed that the numbers of the document were computed with. */
export function documentSeed(document: ExplorerDocument): number[] {
  return seededOutputs(document).flatMap((output) => [...arrivingFromOutside(document, output)]);
}

/** The seed of one output in a state, as a tensor. */
export function seedTensor(state: State, output: number): TensorData {
  const { nodes, dtypes } = state.document;
  const seed = state.seed ?? documentSeed(state.document);
  const from = startOf(state.document, output);
  const values = Float64Array.from(seed.slice(from, from + sizeOf(nodes.shape[output])));
  return tensorOf({ shape: nodes.shape[output], dtype: dtypes[nodes.dtype[output]], values });
}

/** The position of the first element of an output in the seed. */
export function startOf(document: ExplorerDocument, output: number): number {
  const all = seededOutputs(document);
  return all.slice(0, all.indexOf(output)).reduce((sum, each) => sum + sizeOf(document.nodes.shape[each]), 0);
}

/** What arrives at an output less what its own uses send to it. */
function arrivingFromOutside(document: ExplorerDocument, output: number): Float64Array {
  const { nodes, numbers } = document;
  const found = elements(numbers, numbers.upstream[output])?.slice() ?? new Float64Array(sizeOf(nodes.shape[output]));
  nodes.inputs.forEach((inputs, node) =>
    inputs.forEach((input, position) => {
      if (input !== output) return;
      elements(numbers, numbers.downstream[node]?.[position])?.forEach((each, i) => (found[i] -= each));
    }),
  );
  return found;
}

function elements(numbers: Numbers, place: number | undefined): Float64Array | null {
  return place === undefined || place < 0 ? null : elementsOf(numbers.tensors[place]);
}
