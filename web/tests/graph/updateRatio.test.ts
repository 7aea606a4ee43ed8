import { describe, expect, it } from "vitest";
import type { ExplorerDocument } from "../../src/document";
import { hasUpdates, updateRatio } from "../../src/graph/updateRatio";
import { circuit } from "./circuit";

function withRun(document: ExplorerDocument, path: string, values: (number | null)[]): ExplorerDocument {
  const figures = [{ name: `${path}: update`, unit: "of its norm", path, steps: values.map((_, i) => i), values }];
  const role = document.nodes.name.map((name, n) => (name === path ? "parameter" : document.nodes.role[n]));
  return { ...document, nodes: { ...document.nodes, role } as ExplorerDocument["nodes"], findings: { findings: [], figures } };
}

describe("the update ratio", () => {
  const document = circuit();
  const all = document.nodes.name.map((_, n) => n);

  it("is that of the run, as it was last measured", () => {
    const run = withRun(document, "y", [0.5, 0.01, null]);
    expect(hasUpdates(run)).toBe(true);
    expect(updateRatio(run, run.numbers, all)).toBe(0.01);
  });

  it("is gradient over parameter without a run", () => {
    const bare = withRun(document, "y", []);
    expect(hasUpdates(bare)).toBe(false);
    const y = document.nodes.name.indexOf("y");
    expect(updateRatio(bare, bare.numbers, [y])).toBeGreaterThan(0);
  });

  it("has no number where no parameter is", () => {
    expect(updateRatio(document, document.numbers, all)).toBeNull();
  });
});
