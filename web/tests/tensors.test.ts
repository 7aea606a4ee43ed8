import { describe, expect, it } from "vitest";
import { countText, elementsOf, normOf, numberText, statisticsOf } from "../src/tensors";

const tensor = (bytes: ArrayBufferLike, dtype: string, shape: number[]) => ({ shape, dtype, data: btoa(String.fromCharCode(...new Uint8Array(bytes))), kept: null });

describe("tensors", () => {
  it("are read in every dtype", () => {
    expect([...elementsOf(tensor(new Float32Array([1.5, -2]).buffer, "float32", [2]))]).toEqual([1.5, -2]);
    expect([...elementsOf(tensor(new BigInt64Array([-7n]).buffer, "int64", [1]))]).toEqual([-7]);
    expect([...elementsOf(tensor(new Uint8Array([1, 0]).buffer, "bool", [2]))]).toEqual([1, 0]);
    expect([...elementsOf(tensor(new Uint16Array([0x3c00, 0xc000, 0x7c00, 0x0001]).buffer, "float16", [4]))]).toEqual([1, -2, Infinity, 2 ** -24]);
  });

  it("of an unknown dtype are refused", () => {
    expect(() => elementsOf(tensor(new Uint8Array([1]).buffer, "complex64", [1]))).toThrow("complex64");
  });

  it("are counted with NaN and infinity apart", () => {
    const found = statisticsOf(tensor(new Float64Array([0, 3, 4, NaN, Infinity]).buffer, "float64", [5]));
    expect(found).toMatchObject({ count: 5, least: 0, greatest: 4, norm: 5, zeros: 1, nans: 1, infinities: 1 });
    expect(found.histogram.reduce((a, b) => a + b)).toBe(3);
  });

  it("have a norm that is not finite if an element is not", () => {
    const norm = (...elements: number[]) => normOf(tensor(new Float64Array(elements).buffer, "float64", [elements.length]));
    expect([norm(3, 4), norm(0, NaN, Infinity), norm(0, -Infinity)]).toEqual([5, NaN, Infinity]);
  });
});

describe("numbers", () => {
  it.each([[0.731058, "0.7311"], [-4, "−4"], [1.23e-7, "1.23e−7"], [0, "0"], [NaN, "NaN"], [-Infinity, "−∞"], [123456, "123500"], [5e-8, "5e−8"]])("%d is written %s", (x, text) => {
    expect(numberText(x)).toBe(text);
  });

  it("of operations are short", () => {
    expect([countText(950), countText(12_345), countText(999_999), countText(2.5e9)]).toEqual(["950", "12.3 k", "1 M", "2.5 G"]);
  });
});
