import { describe, expect, it } from "vitest";
import { addressOf, stateFrom } from "../../src/frame/address";
import type { State } from "../../src/state";
import { network } from "../graph/network";

const document = network();
const state: State = {
  document, numbers: document.numbers, details: document.details, opened: new Set([0]), selection: null, view: "both", colouring: "none", edits: [], seed: null, step: null,
};

describe("the address", () => {
  it("keeps what is looked at", () => {
    const seen: State = {
      ...state, opened: new Set([0, 2, 1]), selection: { node: 4 }, view: "backward", colouring: "norm", step: 3,
      edits: [{ node: 0, position: 2, value: -1.5e-7 }], seed: [2, 0.5],
    };
    const { opened, selection, view, colouring, step, edits, seed } = seen;
    expect(stateFrom(addressOf(seen), state)).toEqual({ opened, selection, view, colouring, step, edits, seed });
  });

  it("says nothing of what is as at the start", () => {
    expect(stateFrom("", state)).toEqual({});
  });

  it("does not take what the document does not have", () => {
    expect(stateFrom("#open=1.99&select=n400&view=sideways&step=-2&edit=77_0_1&colour=red", state)).toEqual({ opened: new Set([0, 1]) });
  });
});
