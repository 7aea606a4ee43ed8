/** A small network as a document: x enters two modules, each a product and a sum with its own parameters; then a loss outside. */
import type { ExplorerDocument, Role } from "../../src/document";
import { circuit } from "./circuit";

interface Row {
  name: string;
  role: Role;
  inputs: number[];
  call: number;
}

const ROWS: Row[] = [
  { name: "x", role: "input", inputs: [], call: 0 },
  { name: "W1", role: "parameter", inputs: [], call: 1 },
  { name: "b1", role: "parameter", inputs: [], call: 1 },
  { name: "a", role: "gate", inputs: [0, 1], call: 1 },
  { name: "h", role: "gate", inputs: [3, 2], call: 1 },
  { name: "W2", role: "parameter", inputs: [], call: 2 },
  { name: "c", role: "gate", inputs: [4, 5], call: 2 },
  { name: "s", role: "gate", inputs: [6, 0], call: 2 },
  { name: "t", role: "gate", inputs: [7], call: 3 },
  { name: "loss", role: "gate", inputs: [8, 4], call: 0 },
];

export function network(): ExplorerDocument {
  const plain = circuit();
  const zeros = ROWS.map(() => 0);
  const call = (label: string, kind: string, parent = 0) => ({ label, title: kind ? `${kind} '${label}'` : label, kind, parent, path: label, open: false });
  return {
    ...plain, title: "network", objective: "loss", outputs: [9],
    nodes: {
      name: ROWS.map(({ name }) => name), role: ROWS.map(({ role }) => role), kind: ROWS.map(({ role }) => (role === "gate" ? 1 : 0)),
      inputs: ROWS.map(({ inputs }) => inputs), shape: ROWS.map(() => [2, 3]), dtype: zeros, call: ROWS.map((row) => row.call), line: zeros.map(() => -1),
      attributes: zeros.map(() => null), flop: zeros, bytes: zeros, backwardFlop: zeros, backwardBytes: zeros,
    },
    calls: [{ ...call("graph", ""), parent: -1, open: true }, call("first", "Linear"), call("second", "Linear"), call("tanh", "")],
    numbers: { tensors: [], value: zeros.map(() => -1), upstream: zeros.map(() => -1), downstream: ROWS.map(({ inputs }) => inputs.map(() => -1)), local: ROWS.map(() => []) },
  };
}

/** Boxes of the network by name. */
export const [X, A, H, C, S, T, LOSS, FIRST, SECOND] = [0, 3, 4, 6, 7, 8, 9, 11, 12];
