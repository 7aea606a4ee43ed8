/** Who computes edits, checks and whole tensors: the server that opened the page, the page itself, or nobody. */
import type { Detail, ExplorerDocument, Numbers, TensorData } from "../document";
import type { Edit } from "../state";
import { PageBackend } from "./page_backend";
import { ServerBackend } from "./server_backend";

/** The gradient that a gate sends to one input: the formula and the central difference. */
export interface InputCheck {
  /** The number of the input node. */
  to: number;
  numeric: TensorData;
  formula: TensorData;
  /** The largest relative difference; null if it is infinite. */
  difference: number | null;
  agrees: boolean;
  says: string;
}

export interface Run {
  numbers: Numbers;
  /** What is said of nodes for these numbers. */
  details: Readonly<Record<number, Detail>>;
}

/** A tensor of a node; `input` is the position of the input that a downstream gradient is sent to. */
export interface Wanted {
  readonly node: number;
  readonly which: "value" | "upstream" | "downstream";
  readonly input: number;
}

/** Edits are absolute, relative to the document; the seed is flat, null for that of the document. Errors are sentences. */
export interface Backend {
  edit(edits: readonly Edit[], seed: readonly number[] | null): Promise<Run>;
  check(node: number, edits: readonly Edit[], seed: readonly number[] | null): Promise<InputCheck[]>;
  /** A tensor with all its elements, as far as the limit of the backend allows; null if it has no more than the page. */
  tensor: ((wanted: Wanted, edits: readonly Edit[], seed: readonly number[] | null) => Promise<TensorData>) | null;
}

/** The backend of a document, or the sentence that says why there is none. */
export function backendOf(document: ExplorerDocument): Backend | string {
  if (document.editing.server) return new ServerBackend(document);
  if (!document.editing.page) return document.editing.why;
  try {
    return new PageBackend(document);
  } catch (error) {
    return (error as Error).message;
  }
}
