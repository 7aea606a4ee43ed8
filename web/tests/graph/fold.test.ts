import { describe, expect, it } from "vitest";
import { outgoing, visibleOf, wiresOf } from "../../src/graph/fold";
import { hierarchyOf, nodesOf, onlyInside } from "../../src/graph/hierarchy";
import { C, FIRST, H, LOSS, network, S, SECOND, T, X } from "./network";

const h = hierarchyOf(network());
const wires = (opened: number[]) => wiresOf(h, visibleOf(h, new Set(opened))).map(({ from, to, tensors }) => [from, to, ...tensors]);

describe("folding", () => {
  it("shows a folded module as one box, with its parameters inside", () => {
    const { boxes, frames } = visibleOf(h, new Set([0]));
    expect(boxes).toEqual([X, T, LOSS, FIRST, SECOND]);
    expect(frames).toEqual([0]);
  });

  it("shows the parts of an open module, and keeps a folded one folded", () => {
    const { boxes, boxOf } = visibleOf(h, new Set([0, 1]));
    expect(boxes).toEqual([X, T, LOSS, 1, 2, 3, H, SECOND]);
    expect(boxOf[C]).toBe(SECOND);
  });

  it("shows a call of a single gate as that gate", () => {
    expect(h.home[T]).toBe(0);
    expect(h.alias[T]).toBe(3);
  });

  it("opens together what holds only each other", () => {
    const document = network();
    document.calls.push({ ...document.calls[1], label: "inner", parent: 2 });
    document.nodes.call = document.nodes.call.map((call) => (call === 2 ? 4 : call));
    expect(onlyInside(hierarchyOf(document), 2)).toEqual([2, 4]);
    expect(onlyInside(h, 1)).toEqual([1]);
  });

  it("joins wires between the same boxes and drops those inside one", () => {
    expect(wires([0])).toEqual([[X, FIRST, X], [FIRST, SECOND, H], [X, SECOND, X], [SECOND, T, S], [T, LOSS, T], [FIRST, LOSS, H]]);
  });

  it("knows which values leave a box", () => {
    const visible = visibleOf(h, new Set([0]));
    expect(outgoing(h, visible, SECOND, nodesOf(h, SECOND))).toEqual([S]);
    expect(outgoing(h, visible, LOSS, [LOSS])).toEqual([LOSS]);
  });
});
