/** Formulas of the document: MathML that Python wrote, taken over element by element. */
const MATHML = "http://www.w3.org/1998/Math/MathML";

const ELEMENTS = new Set(
  (
    "math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover mtable mtr mtd mfenced " +
    "mstyle mpadded mphantom menclose mmultiscripts mprescripts semantics"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "display mathvariant stretchy fence separator form lspace rspace largeop movablelimits accent accentunder width height " +
    "depth displaystyle scriptlevel columnalign rowspacing columnspacing notation linethickness"
  ).split(" "),
);

/** The formula as elements of this page; other elements and attributes are left out, their text stays. */
export function formula(text: string): MathMLElement | null {
  if (!text) return null;
  const root = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
  return root ? (adopted(root) as MathMLElement) : null;
}

function adopted(node: Node): Node {
  if (!(node instanceof Element)) return document.createTextNode(node.textContent ?? "");
  if (!ELEMENTS.has(node.localName)) return document.createTextNode(node.textContent ?? "");
  const made = document.createElementNS(MATHML, node.localName);
  for (const { name, value } of node.attributes) if (ATTRIBUTES.has(name)) made.setAttribute(name, value);
  made.append(...[...node.childNodes].map(adopted));
  return made;
}

/** The formula with numbers in place of names, and its result; null if a name does not occur as a whole identifier. */
export function substituted(text: string, numbers: ReadonlyMap<string, string>, result: string): MathMLElement | null {
  const made = formula(text);
  if (!made) return null;
  const missing = new Set(numbers.keys());
  for (const each of [...made.querySelectorAll("mi")].slice(1)) {
    const number = numbers.get(each.textContent ?? "");
    if (number === undefined) continue;
    missing.delete(each.textContent ?? "");
    each.replaceWith(number.startsWith("−") ? inBrackets(number) : leaf("mn", number));
  }
  made.append(leaf("mo", "="), leaf("mn", result));
  return missing.size ? null : made;
}

function inBrackets(number: string): Element {
  const row = document.createElementNS(MATHML, "mrow");
  row.append(leaf("mo", "("), leaf("mn", number), leaf("mo", ")"));
  return row;
}

function leaf(name: string, text: string): Element {
  const made = document.createElementNS(MATHML, name);
  made.textContent = text;
  return made;
}
