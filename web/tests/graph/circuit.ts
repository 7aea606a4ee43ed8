/** f = (x + y) · max(y, z) at x = 1, y = 2, z = 0, as a document. */
import type { ExplorerDocument, TensorData } from "../../src/document";

const NUMBERS = { x: 1, y: 2, z: 0, a: 3, b: 2, f: 6 };
const GRADIENTS = { x: 2, y: 5, z: 0, a: 2, b: 3, f: 1 };

export function circuit(): ExplorerDocument {
  const tensors: TensorData[] = [];
  const keep = (x: number) => tensors.push(scalar(x)) - 1;
  const zeros = new Array<number>(6).fill(0);
  return {
    format: "chainrule-explorer", version: 1, title: "f = (x + y) · max(y, z)", objective: "f", outputs: [5],
    nodes: {
      name: ["x", "y", "z", "a", "b", "f"], role: ["input", "input", "input", "gate", "gate", "gate"], kind: [0, 0, 0, 1, 2, 3],
      inputs: [[], [], [], [0, 1], [1, 2], [3, 4]], shape: [[], [], [], [], [], []], dtype: zeros, call: zeros, line: zeros.map(() => -1),
      attributes: zeros.map(() => null), flop: [0, 0, 0, 1, 1, 1], bytes: zeros, backwardFlop: [0, 0, 0, 0, 2, 2], backwardBytes: zeros,
    },
    calls: [{ label: "graph", title: "graph", kind: "", parent: -1, path: "", open: true }],
    lines: [], kinds: ["input", "add", "maximum", "multiply"], dtypes: ["float64"],
    numbers: {
      value: Object.values(NUMBERS).map(keep), upstream: Object.values(GRADIENTS).map(keep),
      downstream: [[], [], [], [2, 2].map(keep), [3, 0].map(keep), [2, 3].map(keep)], local: [[], [], [], [], [], []], tensors,
    },
    details: {}, callDetails: {}, leftOut: [], editing: { nodes: [0, 1, 2], page: true, server: false, why: "" },
  };
}

function scalar(x: number): TensorData {
  return { shape: [], dtype: "float64", data: btoa(String.fromCharCode(...new Uint8Array(new Float64Array([x]).buffer))), kept: null };
}
