/** How large boxes are, and how much room the numbers beside them need. */
import type { Contents } from "./contents";
import type { Size } from "./place";
import type { Measure } from "./text";
import { gradientText, type BoxNumbers } from "./wireNumbers";

export const BOX_HEIGHT = 46;
export const LEAST_WIDTH = 58;
export const TEXT_ROOM = 216;
export const SIDE = 12;
/** Room for the sign that opens a folded call. */
export const SIGN = 20;
export const NUMBER_HEIGHT = 15;

/** Height of a part before its numbers are known, for the layout. */
export function nominalHeight(item: number): number {
  return item < 0 ? PORT.slot : BOX_HEIGHT;
}

export const PORT: Size = { width: 0, height: 0, left: 0, right: 0, slot: 14, enter: 0 };

/** `facing` is what its partner says; `links` enter the box; `sent` are the numbers beside them. */
export function boxSize(contents: Contents, facing: Contents, numbers: BoxNumbers | null, links: number, sent: string[], measure: Measure): Size {
  const text = Math.max(...[contents, facing].flatMap(({ title, line }) => [measure(title, "title"), measure(line, "line")]));
  const width = Math.max(LEAST_WIDTH, Math.min(text, TEXT_ROOM) + 2 * SIDE + (contents.look === "call" ? SIGN : 0));
  const height = Math.max(BOX_HEIGHT, Math.min(links, 12) * enterGap(sent.length > 0) + 10);
  const right = numbers ? Math.max(measure(numbers.value, "number"), measure(gradientText(numbers), "number")) + 14 : 0;
  const left = sent.length ? Math.max(...sent.map((number) => measure(number, "number"))) + 20 : 0;
  return { width, height, left, right, slot: height + 6, enter: enterGap(sent.length > 0) };
}

/** Room between links that enter a box. */
function enterGap(numbers: boolean): number {
  return numbers ? NUMBER_HEIGHT + 5 : 10;
}
