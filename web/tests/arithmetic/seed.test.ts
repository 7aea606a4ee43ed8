import { expect, test } from "vitest";
import { tensorOf } from "../../src/dense";
import type { ExplorerDocument, TensorData } from "../../src/document";
import { documentSeed, startOf } from "../../src/seed";

const scalar = (value: number): TensorData => tensorOf({ shape: [], dtype: "float64", values: Float64Array.of(value) });

/** a, and b = g(a): both outputs; b sends 3 to a. */
const twoOutputs = {
  outputs: [0, 1],
  dtypes: ["float64"],
  nodes: { inputs: [[], [0]], shape: [[], []], dtype: [0, 0] },
  numbers: { tensors: [scalar(5), scalar(1), scalar(3)], value: [-1, -1], upstream: [0, 1], downstream: [[], [2]], local: [[], []] },
} as unknown as ExplorerDocument;

test("the seed of an output that is used again is what its uses do not send", () => {
  expect(documentSeed(twoOutputs)).toEqual([2, 1]);
  expect(startOf(twoOutputs, 1)).toBe(1);
});
