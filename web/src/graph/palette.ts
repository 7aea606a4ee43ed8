/** The colours of the theme, for drawings that must stand alone. */
const NAMES = [
  "paper", "surface", "ink", "muted", "line", "edge", "frame", "frame-line", "value", "gradient", "accent", "lit", "lit-line", "input", "parameter",
  "constant", "output", "scale", "bad",
] as const;

export type Palette = Record<(typeof NAMES)[number], string>;

export function paletteNow(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Palette;
}

/** Between two colours written as #rrggbb; 0 is the first. */
export function mix(first: string, second: string, share: number): string {
  const channel = (at: number) => {
    const [a, b] = [first, second].map((colour) => parseInt(colour.slice(at, at + 2), 16));
    return Math.round(a + (b - a) * share).toString(16).padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
