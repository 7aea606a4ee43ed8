/** The graph screen: follows the state, asks for layouts, and shows the drawing that suits the number of boxes. */
import { element } from "../dom";
import type { Say } from "../frame/page";
import type { Selection, State, Store } from "../state";
import { build } from "./build";
import { Camera } from "./camera";
import { CanvasDrawing } from "./canvasDrawing";
import { boxKey, type Drawing, type Hit } from "./drawing";
import { visibleOf, wiresOf } from "./fold";
import { chainOf, frameOf, knownHierarchy, lastNode, onlyInside, type Hierarchy } from "./hierarchy";
import { Arranger, type Arranged } from "./layout/client";
import { picture, type Picture } from "./paint";
import { paletteNow } from "./palette";
import type { Rect } from "./scene";
import { nominalHeight } from "./sizes";
import { spokenStep } from "./spokenStep";
import { walkOf } from "./steps";
import { SvgDrawing } from "./svgDrawing";
import { canvasMeasure } from "./text";
import { itemId, spoken, treeItems } from "./tree";

const SVG_LIMIT = 500;
/** Up to this number of boxes, numbers stand beside wires. */
const NUMBERS_LIMIT = 60;
/** Below this scale titles have less than 9 pixels. */
const READABLE = 0.65;
/** The scale at which a graph that does not fit begins. */
const START = 0.9;
/** On a stage wider than this, as on a projector, it begins larger. */
const ORDINARY = 900;
/** The largest scale that fitting chooses: text as large as on a slide. */
const LARGEST = 2.2;

type Listener = (picture: Picture) => void;

export class GraphScreen {
  readonly hierarchy: Hierarchy;
  readonly measure = canvasMeasure();
  readonly camera: Camera;
  readonly tree = element("div", { class: "tree", role: "tree", tabindex: 0, "aria-label": "Graph: arrows go along its links, Enter opens and folds" });
  current: Picture | null = null;
  /** Settles when everything asked for is drawn. */
  idle: Promise<void> = Promise.resolve();
  private readonly arranger: Arranger;
  private drawing: Drawing;
  private readonly svg = new SvgDrawing(this.measure);
  private readonly canvas = new CanvasDrawing(this.measure, () => this.camera);
  private readonly items = element("div", { class: "unseen" });
  private readonly listeners: Listener[] = [];
  private readonly moveListeners: (() => void)[] = [];
  private anchor: number | null = null;
  private turn = 0;

  constructor(readonly stage: HTMLElement, readonly store: Store, private readonly say: Say) {
    this.hierarchy = knownHierarchy(store.state.document);
    this.arranger = new Arranger(this.hierarchy, nominalHeight);
    this.drawing = this.svg;
    this.tree.append(this.svg.host, this.items);
    stage.append(this.tree);
    this.camera = new Camera(this.tree, (glide) => this.moved(glide));
    this.point();
    store.subscribe((state, before) => this.follow(state, before));
    addEventListener("themechange", () => this.repaint());
    this.idle = this.rebuild(true);
  }

  onPicture(listener: Listener): void {
    this.listeners.push(listener);
    if (this.current) listener(this.current);
  }

  onMove(listener: () => void): void {
    this.moveListeners.push(listener);
  }

  /** The box that shows what is selected. */
  get selected(): number | null {
    const { selection } = this.store.state;
    if (!selection || !this.current) return null;
    if ("node" in selection) return this.current.visible.boxOf[selection.node];
    return this.hierarchy.size + selection.call;
  }

  select(box: number): void {
    this.store.set({ selection: selectionOf(this.hierarchy, box) });
  }

  toggle(box: number): void {
    const call = box - this.hierarchy.size;
    if (call <= 0) return;
    const opened = new Set(this.store.state.opened);
    const opens = !opened.has(call);
    if (opens) for (const each of onlyInside(this.hierarchy, call)) opened.add(each);
    else opened.delete(call);
    this.anchor = box;
    this.store.set({ opened, step: null });
    this.say(`${this.hierarchy.document.calls[call].title} ${opens ? "opened" : "folded"}`);
  }

  /** Opens what hides a node or call, selects it and brings it into view. */
  async go(selection: Selection): Promise<void> {
    const opened = new Set(this.store.state.opened);
    const box = "node" in selection ? selection.node : this.hierarchy.size + selection.call;
    for (const call of chainOf(this.hierarchy, frameOf(this.hierarchy, box))) opened.add(call);
    if (opened.size !== this.store.state.opened.size) this.store.set({ opened, step: null });
    this.store.set({ selection });
    await this.idle;
    this.reveal(box, READABLE);
  }

  fit(glide = true): void {
    if (this.current) this.camera.fit(this.current.built.scene.bounds, LARGEST, glide);
  }

  rectOf(box: number): Rect | null {
    const scene = this.current?.built.scene;
    return scene?.boxes.find((each) => each.box === box) ?? scene?.frames.find((each) => each.call === box - this.hierarchy.size) ?? null;
  }

  reveal(box: number, least = 0): void {
    const rect = this.rectOf(box);
    if (rect) this.camera.reveal(rect, least);
  }

  private moved(glide: boolean): void {
    this.drawing.move(this.camera.place, glide);
    for (const listener of this.moveListeners) listener();
  }

  private follow(state: State, before: State): void {
    const moved = state.opened !== before.opened || state.view !== before.view || state.numbers !== before.numbers;
    if (moved) this.idle = this.rebuild(state.view !== before.view);
    else if (state.colouring !== before.colouring || state.step !== before.step) this.repaint();
    if (state.selection !== before.selection) this.showSelection(state);
    if (state.step !== before.step && state.step !== null && !moved) this.sayStep(state.step);
  }

  private showSelection({ selection, opened }: State): void {
    if (selection && "node" in selection) {
      const hidden = chainOf(this.hierarchy, this.hierarchy.home[selection.node]).filter((call) => !opened.has(call));
      if (hidden.length) return void this.go(selection);
    }
    this.markSelection();
    if (this.selected !== null) {
      this.reveal(this.selected);
      this.say(spoken(this.hierarchy, this.selected));
    }
  }

  private sayStep(step: number): void {
    if (!this.current) return;
    const { row, box, sentence } = spokenStep(this.current, step);
    this.say(sentence);
    const rect = this.current.built.scene.boxes.find((each) => each.box === box && each.row === row) ?? this.rectOf(box);
    if (rect) this.camera.reveal(rect);
  }

  /** Layouts of the open calls are asked for together; an older question whose answer comes late is dropped. */
  private async rebuild(fit: boolean): Promise<void> {
    const turn = ++this.turn;
    const { opened, view, numbers } = this.store.state;
    const visible = visibleOf(this.hierarchy, opened);
    const wires = wiresOf(this.hierarchy, visible);
    const answers = await Promise.all(visible.frames.map((call) => this.arranger.arrange(call)));
    if (turn !== this.turn) return;
    const arranged = new Map<number, Arranged>(visible.frames.map((call, i) => [call, answers[i]]));
    const beside = visible.boxes.length <= NUMBERS_LIMIT ? numbers : null;
    const built = build({ h: this.hierarchy, visible, wires, arranged, numbers: beside, view, measure: this.measure });
    const walk = walkOf(visible.boxes, wires, (box) => lastNode(this.hierarchy, box));
    const before = this.rectsNow();
    const held = this.anchor === null ? null : this.rectOf(this.anchor);
    this.current = picture(this.hierarchy, visible, built, walk, this.store.state, paletteNow());
    this.choose(built.scene.boxes.length);
    this.drawing.show(this.current, before);
    this.lookAt(fit || !before, held);
    this.tell();
  }

  private lookAt(fit: boolean, held: Rect | null): void {
    const { bounds } = this.current!.built.scene;
    if (fit) {
      this.camera.fit(bounds, LARGEST);
      if (this.camera.place.scale < READABLE) this.startAtLoss(bounds);
    } else this.drawing.move(this.camera.place, false);
    const now = this.anchor === null ? null : this.rectOf(this.anchor);
    if (held && now) {
      const { x, y, scale } = this.camera.place;
      this.camera.set({ scale, x: x + (held.x - now.x) * scale, y: y + (held.y + held.height / 2 - now.y - now.height / 2) * scale });
      this.camera.reveal(now);
    }
    this.anchor = null;
  }

  /** A graph that does not fit in a size that can be read begins at its loss. */
  private startAtLoss(bounds: Rect): void {
    const { clientHeight, clientWidth } = this.tree;
    const scale = Math.max(READABLE, Math.min(START * Math.max(1, clientWidth / ORDINARY), clientHeight / bounds.height));
    const slack = clientHeight - bounds.height * scale;
    const loss = this.rectOf(this.current!.visible.boxOf[this.hierarchy.document.outputs[0]]);
    const y = slack >= 0 || !loss ? slack / 2 - bounds.y * scale : clientHeight / 2 - loss.y * scale;
    this.camera.set({ scale, x: clientWidth - (bounds.x + bounds.width) * scale, y });
  }

  private rectsNow(): Map<string, Rect> | null {
    return this.current && new Map(this.current.built.scene.boxes.map((box) => [boxKey(box), box]));
  }

  private choose(boxes: number): void {
    const drawing = boxes > 2 * SVG_LIMIT || (this.store.state.view !== "both" && boxes > SVG_LIMIT) ? this.canvas : this.svg;
    if (drawing === this.drawing) return;
    this.drawing.host.replaceWith(drawing.host);
    this.drawing = drawing;
  }

  private repaint(): void {
    if (!this.current) return;
    const { h, visible, built, walk } = this.current;
    this.current = picture(h, visible, built, walk, this.store.state, paletteNow());
    this.drawing.show(this.current, null);
    this.drawing.move(this.camera.place, false);
    this.tell();
  }

  private tell(): void {
    this.markSelection();
    for (const listener of this.listeners) listener(this.current!);
  }

  private markSelection(): void {
    if (!this.current) return;
    const { selected } = this;
    this.items.replaceChildren(...treeItems(this.hierarchy, this.current.visible, selected));
    if (selected === null) this.tree.removeAttribute("aria-activedescendant");
    else this.tree.setAttribute("aria-activedescendant", itemId(selected));
    this.drawing.mark(selected, null);
  }

  private point(): void {
    let pointed: number | null = null;
    this.tree.addEventListener("pointermove", (event) => {
      const box = this.drawing.hit(event)?.box ?? null;
      if (box === pointed) return;
      pointed = box;
      this.tree.classList.toggle("on-box", box !== null);
      this.drawing.mark(this.selected, pointed);
    });
    this.tree.addEventListener("click", (event) => {
      const hit = this.drawing.hit(event);
      if (!this.camera.dragged) this.press(hit);
    });
  }

  /** The first click selects, a click on the sign or on what is selected opens and folds. */
  private press(hit: Hit | null): void {
    if (!hit) this.store.set({ selection: null });
    else if (hit.box >= this.hierarchy.size && (hit.sign || hit.box === this.selected)) this.toggle(hit.box);
    else this.select(hit.box);
  }
}

export function selectionOf(h: Hierarchy, box: number): Selection {
  return box >= h.size ? { call: box - h.size } : { node: box };
}
