/** Tensors of the document: their elements, statistics and how numbers are written. */
import type { Statistics, TensorData } from "./document";

const decoded = new WeakMap<TensorData, Float64Array>();
const known = new WeakMap<TensorData, Statistics>();

/** The kept elements, in row-major order. */
export function elementsOf(tensor: TensorData): Float64Array {
  let elements = decoded.get(tensor);
  if (!elements) decoded.set(tensor, (elements = decode(tensor.data, tensor.dtype)));
  return elements;
}

/** Let a tensor that was made in the page be read without decoding it. */
export function withElements(tensor: TensorData, elements: Float64Array): TensorData {
  decoded.set(tensor, elements);
  return tensor;
}

/** Statistics of all elements: those that Python sent, or counted here if every element is here. */
export function statisticsOf(tensor: TensorData): Statistics {
  let statistics = tensor.statistics ?? known.get(tensor);
  if (!statistics) known.set(tensor, (statistics = count(elementsOf(tensor))));
  return statistics;
}

/** The Euclidean norm of all elements; NaN or infinite if one of them is. */
export function normOf(tensor: TensorData): number {
  const { norm, nans, infinities } = statisticsOf(tensor);
  return nans ? NaN : infinities ? Infinity : norm;
}

export function isScalar(tensor: TensorData): boolean {
  return tensor.shape.length === 0;
}

function decode(data: string, dtype: string): Float64Array {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return Float64Array.from(typed(bytes.buffer, dtype) as ArrayLike<number>, Number);
}

function typed(buffer: ArrayBuffer, dtype: string): ArrayLike<number | bigint> {
  switch (dtype) {
    case "float64": return new Float64Array(buffer);
    case "float32": return new Float32Array(buffer);
    case "float16": return halves(new Uint16Array(buffer));
    case "int64": return new BigInt64Array(buffer);
    case "uint64": return new BigUint64Array(buffer);
    case "int32": return new Int32Array(buffer);
    case "uint32": return new Uint32Array(buffer);
    case "int16": return new Int16Array(buffer);
    case "uint16": return new Uint16Array(buffer);
    case "int8": return new Int8Array(buffer);
    case "bool":
    case "uint8": return new Uint8Array(buffer);
  }
  throw new Error(`A tensor has the dtype ${dtype}, which this page cannot read. Open the file with the chainrule that wrote it.`);
}

function halves(bits: Uint16Array): Float64Array {
  return Float64Array.from(bits, half);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

function count(elements: Float64Array): Statistics {
  const finite = elements.filter(Number.isFinite);
  let least = Infinity, greatest = -Infinity, sum = 0, squares = 0, zeros = 0, nans = 0;
  for (const x of finite) {
    least = Math.min(least, x);
    greatest = Math.max(greatest, x);
    sum += x;
    squares += x * x;
    if (x === 0) zeros++;
  }
  for (const x of elements) if (Number.isNaN(x)) nans++;
  const infinities = elements.length - finite.length - nans;
  if (!finite.length) least = greatest = 0;
  return {
    count: elements.length, least, greatest, mean: finite.length ? sum / finite.length : 0, norm: Math.sqrt(squares),
    zeros, nans, infinities, histogram: histogram(finite, least, greatest),
  };
}

function histogram(finite: Float64Array, least: number, greatest: number): number[] {
  const counts = new Array<number>(32).fill(0);
  const width = (greatest - least) / 32 || 1;
  for (const x of finite) counts[Math.min(31, Math.floor((x - least) / width))]++;
  return counts;
}

/** A number in a few characters: 0.7311, −4, 1.2e−7; a minus sign as long as a plus. */
export function numberText(x: number, digits = 4): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const plain = size === 0 || (size >= 1e-4 && size < 1e6);
  const text = plain ? String(Number(x.toPrecision(digits))) : x.toExponential(digits - 2).replace(/\.?0+e/, "e").replace("e+", "e");
  return text.replaceAll("-", "−");
}

/** 12,300 as 12.3 k; for counts of operations and bytes. */
export function countText(x: number): string {
  const units: [number, string][] = [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e3, " k"]];
  for (const [size, unit] of units) if (x >= 0.9995 * size) return Number((x / size).toPrecision(3)) + unit;
  return String(Math.round(x));
}

export function shapeText(shape: number[]): string {
  return shape.length ? shape.join(" × ") : "scalar";
}
