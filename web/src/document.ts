/** The document that Python writes and the page reads: a graph, the numbers of one run, and what is said of them. */
export interface ExplorerDocument {
  format: "chainrule-explorer";
  version: 1;
  title: string;
  /** The name of the differentiated scalar. */
  objective: string;
  /** Numbers of the output nodes. */
  outputs: number[];
  nodes: Nodes;
  /** Calls of modules and gates, the outer ones first; calls[0] is the whole graph. */
  calls: Call[];
  lines: SourceLine[];
  kinds: string[];
  dtypes: string[];
  numbers: Numbers;
  /** What is said of single nodes, by node number; incomplete if `leftOut` says so. */
  details: Record<number, Detail>;
  /** What is said of folded calls, by call number. */
  callDetails: Record<number, CallDetail>;
  /** Sentences that say what had to be left out to keep the document small; empty if nothing was. */
  leftOut: string[];
  editing: Editing;
  findings?: Findings;
  tag?: TagReport;
  comparison?: Comparison;
}

export type Role = "gate" | "input" | "parameter" | "constant";

/** Columns, one entry per node; nodes stand in topological order, so that inputs come before their users. */
export interface Nodes {
  name: string[];
  role: Role[];
  /** Index into `kinds`: the primitive or gate; input, parameter or constant for a leaf. */
  kind: number[];
  inputs: number[][];
  shape: number[][];
  /** Index into `dtypes`. */
  dtype: number[];
  /** Index of the innermost call that made the node; 0 outside of all calls. */
  call: number[];
  /** Index into `lines`; -1 if unknown. */
  line: number[];
  /** Static arguments of a gate, such as axis; null if it has none. */
  attributes: (Record<string, unknown> | null)[];
  /** Cost per run: floating-point operations and bytes moved, of the gate and of its part of the backward pass. */
  flop: number[];
  bytes: number[];
  backwardFlop: number[];
  backwardBytes: number[];
}

export interface Call {
  /** "hidden", "sigmoid": what stands in the box. */
  label: string;
  /** "Linear 'hidden'". */
  title: string;
  /** The class of a module; empty for a gate such as sigmoid. */
  kind: string;
  /** The call around this one; -1 for calls[0]. */
  parent: number;
  /** "encoder.layers.0"; may be empty. */
  path: string;
  /** Whether the call is open when the page starts. */
  open: boolean;
}

export interface SourceLine {
  file: string;
  line: number;
  source: string;
}

/** The numbers of one run; replaced as a whole after an edit. Entries are indexes into `tensors`, -1 where there is none. */
export interface Numbers {
  tensors: TensorData[];
  value: number[];
  /** -1 also where no path leads to the output: not the same as zero. */
  upstream: number[];
  /** Per node one entry per input: the gradient that it sends there. */
  downstream: number[][];
  /** Per node one entry per input: the local gradient of an elementwise gate; -1 for others, and where it is left out. */
  local: number[][];
}

export interface TensorData {
  shape: number[];
  dtype: string;
  /** Little-endian elements in row-major order, base64; bool as one byte, int64 as 8 bytes. The kept elements only. */
  data: string;
  /** Null if all elements are here; else per axis the kept positions (a regular grid, at most 4,096 elements in all). */
  kept: number[][] | null;
  /** Of all elements, also those not kept; of finite ones, but for the counts. Absent when `kept` is null. */
  statistics?: Statistics;
}

export interface Statistics {
  count: number;
  least: number;
  greatest: number;
  mean: number;
  /** The Euclidean norm. */
  norm: number;
  zeros: number;
  nans: number;
  infinities: number;
  /** The index of the first of them in the whole tensor. */
  firstNan?: number[];
  firstInfinite?: number[];
  /** Counts of 32 equal intervals from least to greatest. */
  histogram: number[];
}

export interface Detail {
  /** The equation of the value in names, MathML. */
  equation: string;
  /** The same with numbers, MathML; empty for arrays. */
  equationInNumbers: string;
  /** "sigmoid multiplies the upstream gradient by s(1 - s)": the rule in words. */
  says: string;
  routed: string[];
  /** Why no gradient arrives; empty if one does. */
  whyNone: string;
  /** One entry per input. */
  sent: SentDetail[];
  /** Of a scan (a loop over a sequence): the formulas of one step, and the parts of its flat result. */
  scan?: ScanDetail;
}

export interface ScanDetail {
  steps: number;
  reverse: boolean;
  /** One MathML equation per gate or call of a step; states at the end of the step have a prime. */
  lines: string[];
  /** Parts of the flat value and of its gradient: elements from `start`, in an array whose first axis is the step. States have one entry more, their first value. */
  fields: { name: string; start: number; shape: number[] }[];
}

export interface SentDetail {
  /** The number of the input node. */
  to: number;
  /** "elementwise" | "diagonal" | "routing" | "block" | "dense"; null if no gradient can pass. */
  structure: string | null;
  /** downstream = local x upstream in names, and in numbers for scalars: MathML. */
  rule: string;
  ruleInNumbers: string;
}

export interface CallDetail {
  says: string;
  equation: string;
}

export interface Editing {
  /** Nodes that may be edited: floating-point inputs and parameters. */
  nodes: number[];
  /** Whether the page itself can compute the graph again: at most 200 gates it knows. */
  page: boolean;
  /** Whether a server computes edits, checks and whole tensors. */
  server: boolean;
  /** A sentence: why editing is impossible and how to open the graph live; empty if it is possible. */
  why: string;
}

/** Findings of the training doctor, worst first, and figures over steps. */
export interface Findings {
  findings: Finding[];
  figures: FigureSeries[];
}

export interface Finding {
  title: string;
  severity: "error" | "warning" | "note";
  step: number;
  evidence: string[];
  remedy: string;
  /** Nodes to blame, the most likely first. */
  nodes: number[];
  /** Names of series in `figures` that show it. */
  figures: string[];
}

export interface FigureSeries {
  name: string;
  unit: string;
  steps: number[];
  values: (number | null)[];
  /** The module path that it belongs to; empty for the whole. */
  path: string;
}

/** Why a tagger gave one word its tag. */
export interface TagReport {
  words: string[];
  position: number;
  tag: string;
  scores: { tag: string; probability: number }[];
  /** Per word of the window: gradient x input, summed; then per feature row of the tables. */
  contributions: { word: string; position: number; total: number; rows: { table: string; row: string; contribution: number; node: number }[] }[];
  tags: string[];
}

/** Two runs or steps, paired by module path. */
export interface Comparison {
  first: string;
  second: string;
  pairs: { node: number; name: string; difference: number; first: number; second: number; why: string }[];
  /** The numbers of the second; those of the document are the first. */
  numbers: Numbers;
}
