/** The diverging scale of heatmaps: one colour below zero, one above, and the colour of the page's theme at zero. */
export type Rgb = readonly [number, number, number];

export interface Scale {
  /** The size that has the full colour. */
  readonly most: number;
  readonly negative: Rgb;
  readonly zero: Rgb;
  readonly positive: Rgb;
  readonly nan: Rgb;
  readonly infinite: Rgb;
}

/** The scale in the colours of the theme that is shown. */
export function scaleFor(most: number, host: Element = document.documentElement): Scale {
  const style = getComputedStyle(host);
  const colour = (name: string): Rgb => parsed(style.getPropertyValue(name));
  return {
    most: most > 0 ? most : 1,
    negative: colour("--heat-negative"),
    zero: colour("--heat-zero"),
    positive: colour("--heat-positive"),
    nan: colour("--heat-nan"),
    infinite: colour("--heat-infinite"),
  };
}

function parsed(text: string): Rgb {
  const digits = text.trim().replace("#", "");
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** The colour of an element; small sizes are lifted, so that they differ from zero. */
export function colourOf(value: number, scale: Scale): Rgb {
  if (Number.isNaN(value)) return scale.nan;
  if (!Number.isFinite(value)) return scale.infinite;
  const share = Math.min(Math.abs(value) / scale.most, 1) ** 0.75;
  const end = value < 0 ? scale.negative : scale.positive;
  return scale.zero.map((from, i) => Math.round(from + (end[i] - from) * share)) as unknown as Rgb;
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Whether dark text is better to read on a colour. */
export function isLight([red, green, blue]: Rgb): boolean {
  const linear = [red, green, blue].map((each) => (each / 255) ** 2.2);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.18;
}
