/** What the screen asks of a drawing, be it SVG or canvas. */
import type { Place } from "./camera";
import type { Picture } from "./paint";
import type { Rect, Row } from "./scene";

export interface Hit {
  box: number;
  row: Row;
  /** Whether the sign that opens or folds was meant. */
  sign: boolean;
  frame: boolean;
}

export interface Drawing {
  readonly host: Element;
  /** `before` are rectangles of boxes that glide from there to their new place. */
  show(picture: Picture, before: Map<string, Rect> | null): void;
  move(place: Place, glide: boolean): void;
  mark(selected: number | null, pointed: number | null): void;
  hit(event: PointerEvent | MouseEvent): Hit | null;
}

export function boxKey({ box, row }: { box: number; row: Row }): string {
  return row + box;
}
