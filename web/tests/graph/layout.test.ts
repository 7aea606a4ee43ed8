import { describe, expect, it } from "vitest";
import { byRank } from "../../src/graph/layout/byRank";
import type { Columns, Question } from "../../src/graph/layout/columns";
import { lanesOf } from "../../src/graph/layout/lanes";
import { layoutOf } from "../../src/graph/layout/layout";
import { ranksOf } from "../../src/graph/layout/ranks";
import { separate } from "../../src/graph/separate";

function question(size: number, links: [number, number][], more: Partial<Question> = {}): Question {
  return { heights: new Array<number>(size).fill(46), links, entries: [], exits: [], last: [], limit: 500, ...more };
}

const DIAMOND: [number, number][] = [[0, 1], [0, 2], [1, 3], [2, 3], [0, 3]];

function leastDistance({ column, y }: Columns): number {
  const distances = y.flatMap((a, i) => y.slice(i + 1).map((b, k) => (column[i] === column[i + 1 + k] ? Math.abs(a - b) : Infinity)));
  return Math.min(...distances);
}

describe("ranks", () => {
  it("put each part behind the last of its sources", () => {
    expect(ranksOf(question(4, DIAMOND)).rank).toEqual([0, 1, 1, 2]);
  });

  it("put a leaf beside its first user, not at the beginning", () => {
    expect(ranksOf(question(4, [[0, 1], [1, 2], [3, 2]])).rank).toEqual([0, 1, 2, 1]);
  });

  it("turn a link that closes a circle", () => {
    const { rank, links } = ranksOf(question(3, [[0, 1], [1, 2], [2, 0]]));
    expect(links.every(([from, to]) => rank[from] < rank[to])).toBe(true);
  });

  it("keep ports at both ends", () => {
    const { rank } = ranksOf(question(5, [[3, 1], [0, 1], [1, 2], [2, 4]], { entries: [3], exits: [4] }));
    expect(rank[3]).toBe(0);
    expect(rank[4]).toBe(Math.max(...rank));
  });
});

describe.each([["dagre", 500], ["ranks", 0]])("columns by %s", (_, limit) => {
  const asked = question(4, DIAMOND, { limit, last: [3] });
  const found = layoutOf(asked);

  it("go from sources to users", () => {
    expect(found.column).toEqual([0, 1, 1, 2]);
  });

  it("leave room between parts of one column", () => {
    expect(leastDistance(found)).toBeGreaterThanOrEqual(46);
  });

  it("give a long link its way through the columns between", () => {
    expect(found.passes[4].map(({ column }) => column)).toEqual([1]);
  });

  it("have the parts of a column in the order of the document", () => {
    expect(found.y[1]).toBeLessThan(found.y[2]);
  });
});

describe("very long links", () => {
  const chain = Array.from({ length: 99 }, (_, i): [number, number] => [i, i + 1]);

  it("take a lane below, and share it if they have one source", () => {
    const { rank } = ranksOf(question(100, chain));
    const lanes = lanesOf(rank, [...chain, [0, 60], [0, 90], [10, 80]]);
    expect([...lanes.keys()]).toEqual([99, 100, 101]);
    const shared = [99, 100, 101].map((l) => lanes.get(l)![0].shared);
    expect(shared[0]).toBe(shared[1]);
    expect(shared[2]).not.toBe(shared[0]);
  });

  it("keep the work small", () => {
    const links = [...chain, ...Array.from({ length: 60 }, (_, i): [number, number] => [0, 39 + i])];
    expect(byRank(question(100, links)).passes.flat().length).toBeLessThan(200);
  });
});

describe("separating", () => {
  it("changes nothing that has room", () => {
    expect(separate([0, 10, 30], [5, 5])).toEqual([0, 10, 30]);
  });

  it("moves neighbours apart by the same amount", () => {
    expect(separate([0, 0], [10])).toEqual([-5, 5]);
  });

  it("moves what is light", () => {
    const [a, b] = separate([0, 0], [10], [9, 1]);
    expect([a, b]).toEqual([-1, 9]);
  });

  it("lets a growing part push both sides, least in all", () => {
    expect(separate([0, 10, 20], [30, 30])).toEqual([-20, 10, 40]);
  });
});
