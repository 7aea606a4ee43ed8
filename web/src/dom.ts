/** Elements made by script: text goes in as text, style only through CSSOM. */
type Props = Record<string, string | number | boolean | ((event: never) => void) | undefined>;
type Child = Node | string | null | undefined | false;

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), props, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, tag), props, children);
}

function filled<E extends Element>(made: E, props: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(props)) setProperty(made, name, value);
  for (const child of children) if (child) made.append(child);
  return made;
}

function setProperty(target: Element, name: string, value: Props[string]): void {
  if (value === undefined || value === false) return;
  if (typeof value === "function") target.addEventListener(name.slice(2), value as EventListener);
  else target.setAttribute(name, value === true ? "" : String(value));
}
