import { expect, test } from "vitest";
import kinds from "../../../src/chainrule/explore/page/kinds.json";
import { GATES, PRIMITIVES } from "../../src/arithmetic/rules";

test("the list that Python reads names the primitives that the page computes", () => {
  expect(Object.keys(PRIMITIVES).sort()).toEqual([...kinds.primitives].sort());
});

test("the list that Python reads names the gates whose backward the page has", () => {
  expect(Object.keys(GATES).sort()).toEqual([...kinds.gates].sort());
});
