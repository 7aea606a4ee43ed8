/** Topological ranks: the column of a part is one more than the last of its sources; leaves stand beside their first user. */
import type { Question } from "./columns";

export interface Ranks {
  rank: number[];
  /** Links that go from left to right once those against the order are turned. */
  links: [number, number][];
}

export function ranksOf({ heights, links, entries, exits, last }: Question): Ranks {
  const turned = acyclic(heights.length, links);
  const order = topological(heights.length, turned);
  const rank = new Array<number>(heights.length).fill(0);
  const outgoing = lists(heights.length, turned);
  for (const i of order) for (const j of outgoing[i]) rank[j] = Math.max(rank[j], rank[i] + 1);
  pullLeaves(rank, turned, outgoing);
  const ports = new Set(entries);
  if (entries.length) place(rank, entries, rank.reduce((least, r, i) => (ports.has(i) ? least : Math.min(least, r)), Infinity) - 1);
  const end = rank.reduce((a, b) => Math.max(a, b), 0);
  place(rank, last, end);
  if (exits.length) place(rank, exits, end + (exits.every((i) => rank[i] === end) && onlyExits(rank, exits, end) ? 0 : 1));
  const least = rank.reduce((a, b) => Math.min(a, b), Infinity);
  return { rank: rank.map((r) => r - least), links: turned };
}

function onlyExits(rank: number[], exits: number[], end: number): boolean {
  const ports = new Set(exits);
  return rank.every((r, i) => r < end || ports.has(i));
}

function place(rank: number[], parts: number[], column: number): void {
  if (Number.isFinite(column)) for (const i of parts) rank[i] = column;
}

function pullLeaves(rank: number[], links: [number, number][], outgoing: number[][]): void {
  const fed = new Set(links.map(([, to]) => to));
  rank.forEach((_, i) => {
    if (!fed.has(i) && outgoing[i].length) rank[i] = outgoing[i].reduce((least, j) => Math.min(least, rank[j]), Infinity) - 1;
  });
}

function lists(size: number, links: [number, number][]): number[][] {
  const found: number[][] = Array.from({ length: size }, () => []);
  for (const [from, to] of links) found[from].push(to);
  return found;
}

/** Links whose target was waiting for the source in a circle are turned round. */
function acyclic(size: number, links: [number, number][]): [number, number][] {
  const at = new Array<number>(size).fill(0);
  topological(size, links).forEach((i, position) => (at[i] = position));
  return links.map(([from, to]) => (at[from] < at[to] ? [from, to] : [to, from]));
}

/** Parts in an order with sources first; where a circle leaves none, the first part waiting goes on. */
function topological(size: number, links: [number, number][]): number[] {
  const outgoing = lists(size, links);
  const waiting = new Array<number>(size).fill(0);
  for (const [, to] of links) waiting[to]++;
  const order: number[] = [];
  const seen = new Array<boolean>(size).fill(false);
  const ready = waiting.flatMap((count, i) => (count ? [] : [i]));
  let next = 0;
  for (;;) {
    while (next < ready.length) {
      const i = ready[next++];
      if (seen[i]) continue;
      seen[i] = true;
      order.push(i);
      for (const j of outgoing[i]) if (--waiting[j] === 0) ready.push(j);
    }
    const stuck = seen.indexOf(false);
    if (stuck < 0) return order;
    ready.push(stuck);
  }
}
