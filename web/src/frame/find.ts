/** Finds nodes and calls by name, path, kind or shape. */
import type { ExplorerDocument } from "../document";
import type { Selection } from "../state";
import { shapeText } from "../tensors";

export interface Found {
  selection: Selection;
  title: string;
  line: string;
}

/** What each word is looked for in: names of nodes, and once for all nodes their kinds, calls and shapes. */
interface Asked {
  word: string;
  kinds: boolean[];
  calls: boolean[];
  /** Whether the word can be a shape such as 32x64. */
  shape: boolean;
}

/** The best first: what is called exactly so, then what begins so; calls before nodes. Every word must be found. */
export function find(document: ExplorerDocument, text: string, most: number): { found: Found[]; count: number } {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return { found: [], count: 0 };
  const asked = words.map((word) => prepared(document, word));
  const calls = document.calls.flatMap((_, call) => (call > 0 && asked.every((each) => each.calls[call]) ? [call] : []));
  const nodes = matchingNodes(document, asked);
  const found = [
    ...best(calls, (call) => document.calls[call].path || document.calls[call].label, words[0], most).map((call) => callFound(document, call)),
    ...best(nodes, (n) => document.nodes.name[n], words[0], most).map((n) => nodeFound(document, n)),
  ];
  const exact = found.filter(({ title, line }) => [title.toLowerCase(), line.toLowerCase()].includes(words.join(" ")));
  return { found: [...exact, ...found.filter((each) => !exact.includes(each))].slice(0, most), count: calls.length + nodes.length };
}

function prepared({ kinds, calls }: ExplorerDocument, word: string): Asked {
  return {
    word, kinds: kinds.map((kind) => kind.toLowerCase().includes(word)), shape: /^[\dx]+$/.test(word),
    calls: calls.map((call, i) => i > 0 && `${call.path} ${call.title} ${call.kind}`.toLowerCase().includes(word)),
  };
}

function matchingNodes({ nodes }: ExplorerDocument, asked: Asked[]): number[] {
  const found: number[] = [];
  for (let n = 0; n < nodes.name.length; n++) {
    const name = nodes.name[n].toLowerCase();
    const has = ({ word, kinds, calls, shape }: Asked) =>
      name.includes(word) || kinds[nodes.kind[n]] || calls[nodes.call[n]] || (shape && nodes.shape[n].join("x").includes(word));
    if (asked.every(has)) found.push(n);
  }
  return found;
}

function best(found: number[], nameOf: (i: number) => string, word: string, most: number): number[] {
  const first: number[] = [];
  const rest: number[] = [];
  for (const i of found) {
    if (nameOf(i).toLowerCase().startsWith(word)) first.push(i);
    else if (rest.length < most) rest.push(i);
    if (first.length >= most) break;
  }
  return [...first, ...rest].slice(0, most);
}

function callFound({ calls }: ExplorerDocument, call: number): Found {
  const { title, path } = calls[call];
  return { selection: { call }, title, line: path || "call" };
}

function nodeFound({ nodes, kinds, calls }: ExplorerDocument, node: number): Found {
  const line = [kinds[nodes.kind[node]], shapeText(nodes.shape[node]), calls[nodes.call[node]].path].filter(Boolean).join(" · ");
  return { selection: { node }, title: nodes.name[node], line };
}
