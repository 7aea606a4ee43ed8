/** Where the user looks: pan by dragging, zoom by wheel, pinch and keys. */
import type { Rect } from "./scene";

export interface Place {
  x: number;
  y: number;
  scale: number;
}

const LEAST = 0.02;
const GREATEST = 4;

export class Camera {
  place: Place = { x: 0, y: 0, scale: 1 };
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private moved = 0;
  private fitted: { bounds: Rect; most: number } | null = null;

  /** `changed` is told whether the move is done with the hand or glides. */
  constructor(private readonly host: HTMLElement, private readonly changed: (glide: boolean) => void) {
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    new ResizeObserver(() => this.fitted && this.fit(this.fitted.bounds, this.fitted.most)).observe(host);
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const) host.addEventListener(name, (event) => this.fingers.delete(event.pointerId));
  }

  /** Whether the last press became a drag, so that its click means nothing. */
  get dragged(): boolean {
    return this.moved > 5;
  }

  set(place: Place, glide = false): void {
    this.fitted = null;
    this.place = { ...place, scale: Math.min(GREATEST, Math.max(LEAST, place.scale)) };
    this.changed(glide);
  }

  /** All of it, as large as fits; and again when the window changes, until the user looks elsewhere. */
  fit(bounds: Rect, most: number, glide = false): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    const scale = Math.min(width / bounds.width, height / bounds.height, most);
    this.set({ scale, x: (width - bounds.width * scale) / 2 - bounds.x * scale, y: (height - bounds.height * scale) / 2 - bounds.y * scale }, glide);
    this.fitted = { bounds, most };
  }

  zoom(factor: number, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2): void {
    const scale = Math.min(GREATEST, Math.max(LEAST, this.place.scale * factor));
    const ratio = scale / this.place.scale;
    this.set({ scale, x: x - (x - this.place.x) * ratio, y: y - (y - this.place.y) * ratio });
  }

  /** Moves as little as needed so that a box can be seen, and reads it if it was too small. */
  reveal(rect: Rect, least = 0): void {
    const scale = Math.max(this.place.scale, least);
    const { clientWidth: width, clientHeight: height } = this.host;
    const margin = 16;
    let { x, y } = this.place;
    if (scale !== this.place.scale) [x, y] = [width / 2 - (rect.x + rect.width / 2) * scale, height / 2 - (rect.y + rect.height / 2) * scale];
    x += outside(rect.x * scale + x, rect.width * scale, width, margin);
    y += outside(rect.y * scale + y, rect.height * scale, height, margin);
    if (x !== this.place.x || y !== this.place.y) this.set({ x, y, scale }, true);
  }

  /** The part of the graph that is seen. */
  seen(): Rect {
    const { x, y, scale } = this.place;
    return { x: -x / scale, y: -y / scale, width: this.host.clientWidth / scale, height: this.host.clientHeight / scale };
  }

  /** Puts a point of the graph into the middle. */
  centre(x: number, y: number): void {
    const { scale } = this.place;
    this.set({ scale, x: this.host.clientWidth / 2 - x * scale, y: this.host.clientHeight / 2 - y * scale });
  }

  /** A point of the screen in the coordinates of the graph. */
  inGraph(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top } = this.host.getBoundingClientRect();
    return { x: (event.clientX - left - this.place.x) / this.place.scale, y: (event.clientY - top - this.place.y) / this.place.scale };
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const { left, top } = this.host.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    if (event.shiftKey) this.set({ ...this.place, x: this.place.x - (event.deltaX || event.deltaY) * lines });
    else this.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - left, event.clientY - top);
  }

  private down(event: PointerEvent): void {
    if (this.fingers.size === 0) this.moved = 0;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  private move(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    this.moved += Math.abs(dx) + Math.abs(dy);
    if (this.dragged) this.host.setPointerCapture(event.pointerId);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (other) this.pinch(event, before, other);
    else this.set({ ...this.place, x: this.place.x + dx, y: this.place.y + dy });
  }

  private pinch(event: PointerEvent, before: { x: number; y: number }, other: { x: number; y: number }): void {
    const { left, top } = this.host.getBoundingClientRect();
    const now = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    if (was > 0) this.zoom(now / was, (event.clientX + other.x) / 2 - left, (event.clientY + other.y) / 2 - top);
  }
}

/** How far to shift so that a stretch lies within; its beginning counts if it is too long. */
function outside(start: number, length: number, room: number, margin: number): number {
  if (start < margin || length > room - 2 * margin) return margin - start;
  return Math.min(0, room - margin - start - length);
}
