/** Finds nodes and calls by name, path, kind or shape. */
import type { ExplorerDocument } from "../document";
import type { Selection } from "../state";
import { shapeText } from "../tensors";

export interface Found {
  selection: Selection;
  title: string;
  line: string;
}

export interface Index {
  document: ExplorerDocument;
  /** Lower-case text of each call, and of each node. */
  calls: string[];
  nodes: string[];
}

export function indexOf(document: ExplorerDocument): Index {
  const { nodes, kinds, calls } = document;
  return {
    document,
    calls: calls.map((call) => `${call.path} ${call.title} ${call.kind}`.toLowerCase()),
    nodes: nodes.name.map((name, n) => `${name} ${kinds[nodes.kind[n]]} ${calls[nodes.call[n]].path} ${nodes.shape[n].join("x")}`.toLowerCase()),
  };
}

/** The best first: a name that begins with what is asked, then calls, then the order of the graph. Every word must be found. */
export function find(index: Index, asked: string, most: number): { found: Found[]; count: number } {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return { found: [], count: 0 };
  const calls = matches(index.calls, words).filter((call) => call > 0);
  const nodes = matches(index.nodes, words);
  const found = [...best(index.calls, calls, words[0], most).map((call) => callFound(index, call)), ...best(index.nodes, nodes, words[0], most).map((n) => nodeFound(index, n))];
  const exact = found.filter(({ title }) => title.toLowerCase() === asked.toLowerCase());
  return { found: [...exact, ...found.filter((each) => !exact.includes(each))].slice(0, most), count: calls.length + nodes.length };
}

function matches(texts: string[], words: string[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < texts.length; i++) if (words.every((word) => texts[i].includes(word))) found.push(i);
  return found;
}

function best(texts: string[], found: number[], word: string, most: number): number[] {
  const first = found.filter((i) => texts[i].startsWith(word)).slice(0, most);
  const chosen = new Set(first);
  return [...first, ...found.filter((i) => !chosen.has(i)).slice(0, most)].slice(0, most);
}

function callFound({ document }: Index, call: number): Found {
  const { title, path } = document.calls[call];
  return { selection: { call }, title, line: path || "call" };
}

function nodeFound({ document: { nodes, kinds, calls } }: Index, node: number): Found {
  const line = [kinds[nodes.kind[node]], shapeText(nodes.shape[node]), calls[nodes.call[node]].path].filter(Boolean).join(" · ");
  return { selection: { node }, title: nodes.name[node], line };
}
