/** How wide text is, and how to cut it. Sizes in the units of the graph. */
export type Measure = (text: string, font: Font) => number;
export type Font = "title" | "line" | "number";

export const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
export const FONTS: Record<Font, string> = { title: `600 14px ${FAMILY}`, line: `400 11.5px ${FAMILY}`, number: `500 12.5px ${FAMILY}` };

/** Adds widths of single characters, which are measured on a canvas once: large graphs have very many different names. */
export function canvasMeasure(): Measure {
  const context = document.createElement("canvas").getContext("2d")!;
  const known: Record<Font, Map<string, number>> = { title: new Map(), line: new Map(), number: new Map() };
  const measured = (character: string, font: Font) => {
    context.font = FONTS[font];
    const { width } = context.measureText(character);
    known[font].set(character, width);
    return width;
  };
  return (text, font) => {
    let width = 0;
    for (const character of text) width += known[font].get(character) ?? measured(character, font);
    return width;
  };
}

/** The longest beginning that fits, with an ellipsis if something is missing. */
export function cut(text: string, font: Font, room: number, measure: Measure): string {
  if (measure(text, font) <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(text.slice(0, middle) + "…", font) <= room) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low) + "…";
}
