/** A group whose children are kept while what they show stays the same, so that a small change costs little. */
import { svg } from "../dom";

interface Kept {
  element: SVGElement;
  signature: string;
}

export class Keyed<T> {
  readonly host: SVGGElement;
  private kept = new Map<string, Kept>();

  /** `signature` says what `make` depends on; what `move` sets is not part of it. */
  constructor(
    props: Record<string, string>, private readonly key: (item: T) => string, private readonly move: (element: SVGElement, item: T) => void = () => {},
  ) {
    this.host = svg("g", props);
  }

  show(items: T[], signature: (item: T) => string, make: (item: T) => SVGElement): void {
    const next = new Map<string, Kept>();
    const fresh: SVGElement[] = [];
    for (const item of items) {
      const key = this.key(item);
      const wanted = signature(item);
      let kept = this.kept.get(key);
      if (kept?.signature !== wanted) {
        kept = { element: make(item), signature: wanted };
        fresh.push(kept.element);
      }
      this.move(kept.element, item);
      next.set(key, kept);
    }
    for (const [key, { element }] of this.kept) if (next.get(key)?.element !== element) element.remove();
    this.host.append(...fresh);
    this.kept = next;
  }

  get(key: string): SVGElement | undefined {
    return this.kept.get(key)?.element;
  }

}
