import { beforeAll, describe, expect, it } from "vitest";
import { build, type Built } from "../../src/graph/build";
import { visibleOf, wiresOf } from "../../src/graph/fold";
import { hierarchyOf } from "../../src/graph/hierarchy";
import { layoutOf } from "../../src/graph/layout/layout";
import { pointsOf, type Rect, type Scene } from "../../src/graph/scene";
import { nominalHeight } from "../../src/graph/sizes";
import { structureOf } from "../../src/graph/structure";
import type { ExplorerDocument } from "../../src/document";
import type { View } from "../../src/state";
import { circuit } from "./circuit";
import { FIRST, network, SECOND } from "./network";

const measure = (text: string) => 7 * text.length;

function built(document: ExplorerDocument, opened: number[], view: View = "both", limit = 500): Built {
  const h = hierarchyOf(document);
  const visible = visibleOf(h, new Set(opened));
  const arranged = new Map(visible.frames.map((call) => {
    const structure = structureOf(h, call);
    return [call, { structure, columns: layoutOf({ ...structure, heights: structure.items.map(nominalHeight), limit }) }];
  }));
  return build({ h, visible, wires: wiresOf(h, visible), arranged, numbers: document.numbers, view, measure });
}

function meet(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
}

function overlaps(scene: Scene): [Rect, Rect][] {
  const rects: Rect[] = [...scene.boxes, ...scene.labels];
  return rects.flatMap((a, i) => rects.slice(i + 1).filter((b) => meet(a, b)).map((b): [Rect, Rect] => [a, b]));
}

function crossings(scene: Scene): Rect[] {
  const rects: Rect[] = [...scene.boxes, ...scene.labels];
  const points = scene.lines.flatMap((line) => pointsOf(line, 40));
  return rects.filter((rect) => points.some(([x, y]) => x > rect.x + 0.5 && x < rect.x + rect.width - 0.5 && y > rect.y + 0.5 && y < rect.y + rect.height - 0.5));
}

describe.each([
  ["a circuit", circuit(), [0], 500], ["a folded network", network(), [0], 500], ["one open module", network(), [0, 1], 500],
  ["all modules open", network(), [0, 1, 2], 500], ["columns by rank", network(), [0, 1, 2], 0],
] as [string, ExplorerDocument, number[], number][])("the scene of %s", (_, document, opened, limit) => {
  let scene: Scene;
  beforeAll(() => (scene = built(document, opened, "both", limit).scene));

  it("has no boxes or numbers over each other", () => expect(overlaps(scene)).toEqual([]));

  it("has no line through a box or a number", () => expect(crossings(scene)).toEqual([]));

  it("ends every line at its boxes", () => {
    for (const line of scene.lines) {
      const from = scene.boxes.find(({ box, row }) => box === line.from && row === line.row)!;
      const to = scene.boxes.find(({ box, row }) => box === line.to && row === line.row)!;
      expect(line.stations[0].x0).toBeCloseTo(from.x + from.width);
      expect(line.stations.at(-1)!.x1).toBeCloseTo(to.x);
    }
  });

  it("mirrors the forward row below", () => {
    const axis = (box: number) => {
      const [a, b] = (["forward", "backward"] as const).map((row) => scene.boxes.find((each) => each.box === box && each.row === row)!);
      expect([b.x, b.width, b.height]).toEqual([a.x, a.width, a.height]);
      return (a.y + b.y + a.height) / 2;
    };
    const axes = scene.boxes.map(({ box }) => axis(box));
    for (const each of axes) expect(each).toBeCloseTo(axes[0]);
  });
});

describe("positions", () => {
  const at = (scene: Scene, box: number) => {
    const found = scene.boxes.find((each) => each.box === box)!;
    return found.y + found.height / 2;
  };

  it("are kept in height when a module opens", () => {
    const [folded, open] = [built(network(), [0], "forward").scene, built(network(), [0, 1], "forward").scene];
    expect(at(open, SECOND)).toBeCloseTo(at(folded, SECOND));
    const frame = open.frames[0];
    expect(Math.abs(frame.y + frame.height / 2 - at(folded, FIRST))).toBeLessThan(3);
  });
});

describe("numbers beside wires", () => {
  const { scene } = built(circuit(), [0]);
  const texts = (kind: string) => scene.labels.filter((label) => label.kind === kind && label.row === "forward").map(({ box, text }) => `${box} ${text}`);

  it("are values above and gradients below; where paths join, the sum", () => {
    expect(texts("value")).toEqual(["0 1", "1 2", "2 0", "3 3", "4 2", "5 6"]);
    expect(texts("gradient")).toEqual(["0 ∂ 2", "1 ∂ 3 + 2 = 5", "2 ∂ 0", "3 ∂ 2", "4 ∂ 3", "5 ∂ 1"]);
    expect(texts("sent").sort()).toEqual(["1 ∂ 2", "1 ∂ 3"]);
  });

  it("say that there is no path where no gradient arrives", () => {
    const document = circuit();
    document.numbers.upstream[2] = -1;
    expect(built(document, [0]).scene.labels.find(({ box, kind }) => box === 2 && kind === "gradient")!.text).toBe("no path");
  });
});
