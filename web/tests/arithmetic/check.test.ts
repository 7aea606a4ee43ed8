import { expect, test } from "vitest";
import { check, grid } from "../../src/arithmetic/check";
import type { Circuit, CircuitNode } from "../../src/arithmetic/circuit";
import { PRIMITIVES } from "../../src/arithmetic/rules";
import type { Rule } from "../../src/arithmetic/rule";
import { elementsOf } from "../../src/tensors";

const leaf = (values: number[]): CircuitNode => ({
  kind: "input", inputs: [], shape: [values.length], dtype: "float64", attributes: {}, rule: null, isWanted: true,
  value: { shape: [values.length], dtype: "float64", values: Float64Array.from(values) },
});

const gate = (kind: string, rule: Rule, inputs: number[], shape: number[], attributes = {}): CircuitNode => ({
  kind, inputs, shape, dtype: "float64", attributes, rule, isWanted: false, value: null,
});

/** Σ gate(x), from x at some points. */
const summed = (kind: string, rule: Rule, points: number[]): Circuit => ({
  nodes: [leaf(points), gate(kind, rule, [0], [points.length]), gate("sum", PRIMITIVES.sum, [1], [], { axis: [0], keepdims: false })],
  outputs: [2],
});

test("a right rule agrees with central differences", () => {
  const [found] = check(summed("tanh", PRIMITIVES.tanh, [0.3, -1.2, 4]), [1], 1);
  expect(found.agrees).toBe(true);
  expect(found.says).toMatch(/^They agree: at all 3 elements/);
  expect(elementsOf(found.numeric)[0]).toBeCloseTo(1 - Math.tanh(0.3) ** 2, 8);
});

test("a wrong rule is found, and the sentence says by how much", () => {
  const doubled: Rule = {
    ...PRIMITIVES.exp,
    backward: (g, y, call, position) => {
      const found = PRIMITIVES.exp.backward(g, y, call, position)!;
      return { ...found, values: found.values.map((each) => 2 * each) };
    },
  };
  const [found] = check(summed("exp", doubled, [0.5, 1]), [1], 1);
  expect(found.agrees).toBe(false);
  expect(found.says).toMatch(/^They do not agree: at \[\d\] .* 2 times as much\.$/);
});

test("a kink is named with both sides and what the formula chooses", () => {
  const [found] = check(summed("abs", PRIMITIVES.abs, [0, 2]), [1], 1);
  expect(found.agrees).toBe(true);
  expect(found.says).toContain("There is a kink of abs at [0], where no derivative exists: −1 on the left, 1 on the right, and the formula chooses 0.");
});

test("no path is told from a gradient of zero", () => {
  const blocked = check(summed("floor", PRIMITIVES.floor, [0.5, 1.5]), [1], 1);
  expect(blocked).toEqual([]);
});

test("a grid of checked elements has at most as many as are allowed, on every axis in order", () => {
  const found = grid([3, 1000, 7], 400);
  const sizes = found.map((each) => each.length);
  expect(sizes[0] * sizes[1] * sizes[2]).toBeLessThanOrEqual(400);
  for (const each of found) expect([...each].sort((a, b) => a - b)).toEqual(each);
  expect(grid([2, 3], 400)).toEqual([[0, 1], [0, 1, 2]]);
});
