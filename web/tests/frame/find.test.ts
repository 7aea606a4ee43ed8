import { describe, expect, it } from "vitest";
import { find } from "../../src/frame/find";
import { network } from "../graph/network";

const titles = (asked: string) => find(network(), asked, 10).found.map(({ title }) => title);

describe("searching", () => {
  it("finds an exact name first", () => {
    expect(titles("h")[0]).toBe("h");
  });

  it("finds calls before their nodes, by path and kind", () => {
    expect(titles("linear").slice(0, 2)).toEqual(["Linear 'first'", "Linear 'second'"]);
  });

  it("wants every word", () => {
    expect(titles("first w")).toEqual(["W1"]);
    expect(titles("first nothing")).toEqual([]);
  });

  it("finds shapes, and counts what it does not list", () => {
    expect(find(network(), "2x3", 3)).toMatchObject({ count: 10, found: { length: 3 } });
  });
});
