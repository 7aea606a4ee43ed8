import { describe, expect, it } from "vitest";
import { isShown, stageAt, stepCount, walkOf } from "../../src/graph/steps";
import { gradientTextSoFar, type BoxNumbers } from "../../src/graph/wireNumbers";

const wire = (from: number, to: number) => ({ from, to, tensors: [from] });

describe("the walk", () => {
  const walk = walkOf([0, 1, 2, 3], [wire(0, 2), wire(1, 2), wire(2, 3)], (box) => box);

  it("goes forward in topological order and back in exactly the reverse order", () => {
    const stages = Array.from({ length: stepCount(walk) }, (_, step) => stageAt(walk, step));
    expect(stages.map(({ box }) => box)).toEqual([0, 1, 2, 3, 3, 2, 1, 0]);
    expect(stages.map(({ row }) => row[0]).join("")).toBe("ffffbbbb");
  });

  it("hides what comes later", () => {
    expect([0, 1, 2, 3].map((box) => isShown(walk, 1, box, "forward"))).toEqual([true, true, false, false]);
    expect([0, 1, 2, 3].map((box) => isShown(walk, 5, box, "backward"))).toEqual([false, false, true, true]);
    expect(isShown(walk, null, 3, "backward")).toBe(true);
  });

  it("sorts folded calls whose last node comes late", () => {
    expect(walkOf([10, 20], [wire(20, 10)], (box) => box).order).toEqual([20, 10]);
  });

  it("ends even where folded calls feed each other", () => {
    expect(walkOf([1, 2], [wire(1, 2), wire(2, 1)], (box) => box).order).toEqual([1, 2]);
  });
});

describe("contributions", () => {
  const numbers: BoxNumbers = { value: "2", parts: [{ by: 4, text: "3" }, { by: 3, text: "−2" }], sum: "1", scalar: true };
  const text = (arrived: number[], complete = false) => gradientTextSoFar(numbers, (by) => arrived.includes(by), complete);

  it("arrive one by one, and then stands their sum", () => {
    expect(text([])).toBe("");
    expect(text([4])).toBe("∂ 3 + ⋯");
    expect(text([4, 3])).toBe("∂ 3 − 2");
    expect(text([4, 3], true)).toBe("∂ 3 − 2 = 1");
  });

  it("of arrays are counted", () => {
    const arrays = { ...numbers, scalar: false };
    expect(gradientTextSoFar(arrays, (by) => by === 4, false)).toBe("∂ 1 of 2");
  });
});
