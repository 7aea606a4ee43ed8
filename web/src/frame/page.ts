/** The frame of the page: bar, graph, panel; and what connects them to the state. */
import type { ExplorerDocument } from "../document";
import { element } from "../dom";
import { GraphScreen } from "../graph/screen";
import { listen } from "../graph/keyboard";
import { offer, svgText } from "../graph/exportSvg";
import { probe } from "../graph/probe";
import { backendOf } from "../live/backend";
import { mountPanel } from "../panels/panel";
import { Store, type State } from "../state";
import { keepAddress, stateFrom } from "./address";
import { bar } from "./bar";
import { icon, type Icon } from "./icon";
import { legend } from "./legend";
import { overview } from "./overview";
import { walkView } from "./reached";
import { searchField } from "./search";
import { listenForShortcuts } from "./shortcuts";
import { caption, walkControls } from "./walk";

/** Says a sentence to those who hear the page. */
export type Say = (sentence: string) => void;

export function mountPage(host: HTMLElement, document: ExplorerDocument): void {
  const start = initialState(document);
  const store = new Store({ ...start, ...stateFrom(location.hash, start) });
  const live = element("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const say: Say = (sentence) => (live.textContent = sentence);
  const stage = element("main", { class: "stage", "aria-label": "Graph" });
  const panel = element("aside", { class: "panel", "aria-label": "What is selected" });
  const page = element("div", { class: "page" }, stage, panel);
  host.append(page, live);
  const screen = new GraphScreen(stage, store, say);
  const search = searchField(store, (selection) => {
    void screen.go(selection);
    screen.tree.focus();
  });
  const walk = walkControls(store, screen);
  page.prepend(bar(store, search.host, () => exportSvg(screen), leftOut(document)));
  stage.append(overview(screen), element("footer", { class: "foot" }, walk.host, caption(store, screen), lens(screen), legend(screen)));
  const backend = backendOf(document);
  const showPanel = mountPanel(panel, store, backend, say, walkView(screen));
  screen.onPicture(() => showPanel());
  listen(screen);
  listenForShortcuts(store, search, walk);
  keepAddress(store);
  probe(screen, store);
}

function initialState(document: ExplorerDocument): State {
  const opened = new Set(document.calls.flatMap((call, i) => (call.open || i === 0 ? [i] : [])));
  return {
    document, numbers: document.numbers, details: document.details, opened, selection: null, view: "both", colouring: "none", edits: [], seed: null, step: null,
  };
}

function leftOut({ leftOut }: ExplorerDocument): HTMLElement | null {
  return leftOut.length ? element("p", { class: "left-out", role: "note" }, leftOut.join(" ")) : null;
}

function lens(screen: GraphScreen): HTMLElement {
  const button = (shape: Icon, title: string, act: () => void) => element("button", { type: "button", title, "aria-label": title, onclick: act }, icon(shape));
  return element("div", { class: "lens", role: "group", "aria-label": "Zoom" },
    button("plus", "Larger (+)", () => screen.camera.zoom(1.3)), button("minus", "Smaller (-)", () => screen.camera.zoom(1 / 1.3)),
    button("fit", "Everything in view (f)", () => screen.fit()));
}

function exportSvg(screen: GraphScreen): void {
  if (screen.current) offer(`${screen.store.state.document.title}.svg`, svgText(screen.current, screen.measure), "image/svg+xml");
}
