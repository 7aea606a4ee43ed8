import { describe, expect, it } from "vitest";
import { hierarchyOf } from "../../src/graph/hierarchy";
import { entryPort, exitPort, isEntry, portTensor, structureOf } from "../../src/graph/structure";
import { A, C, H, LOSS, network, S, SECOND, X } from "./network";

const h = hierarchyOf(network());

function named(call: number) {
  const { items, links, entries, exits, last } = structureOf(h, call);
  return { links: links.map(([a, b]) => [items[a], items[b]]), entries: entries.map((i) => items[i]), exits: exits.map((i) => items[i]), last: last.map((i) => items[i]) };
}

describe("the structure of a call", () => {
  it("has a port for every value that enters and for every one that leaves", () => {
    const { links, entries, exits } = named(2);
    expect(entries).toEqual([entryPort(H), entryPort(X)]);
    expect(exits).toEqual([exitPort(S)]);
    expect(links).toContainEqual([entryPort(H), C]);
    expect(links).toContainEqual([S, exitPort(S)]);
  });

  it("has the outputs of the whole graph at its end, and no ports", () => {
    const { entries, exits, last, links } = named(0);
    expect([entries, exits, last]).toEqual([[], [], [LOSS]]);
    expect(links).toContainEqual([X, SECOND]);
  });

  it("names ports so that they can be read back", () => {
    for (const tensor of [0, 1, A, 99999]) {
      expect([portTensor(entryPort(tensor)), portTensor(exitPort(tensor))]).toEqual([tensor, tensor]);
      expect([isEntry(entryPort(tensor)), isEntry(exitPort(tensor))]).toEqual([true, false]);
    }
  });
});
