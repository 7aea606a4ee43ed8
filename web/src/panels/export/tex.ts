/** Formulas as LaTeX: MathML elements become commands of amsmath. */
import { formula } from "../mathml";

const SYMBOLS: Record<string, string> = {
  "∂": "\\partial ", "Σ": "\\sum ", "∑": "\\sum ", "∘": "\\circ ", "·": "\\cdot ", "×": "\\times ", "⊙": "\\odot ", "−": "-", "≤": "\\le ", "≥": "\\ge ", "≠": "\\ne ",
  "∞": "\\infty ", "σ": "\\sigma ", "Φ": "\\Phi ", "φ": "\\varphi ", "α": "\\alpha ", "β": "\\beta ", "ε": "\\varepsilon ", "θ": "\\theta ", "μ": "\\mu ", "π": "\\pi ",
  "∧": "\\wedge ", "∨": "\\vee ", "¬": "\\neg ", "⊕": "\\oplus ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ", "ᵀ": "^{\\top}", "⊤": "\\top ",
  "∈": "\\in ", "√": "\\sqrt{}", "…": "\\ldots ", "⋯": "\\cdots ", "→": "\\to ", "\u2061": "", "\u2062": "\\,", "\u00a0": "~",
};
const SPECIAL: Record<string, string> = { "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "%": "\\%", "&": "\\&", "#": "\\#", $: "\\$", _: "\\_", "^": "\\^{}", "~": "\\~{}" };
const IS_SPECIAL = /[\\{}%&#$_^~]/g;

/** A formula of the document as LaTeX, without dollar signs; empty for none. */
export function tex(mathml: string): string {
  const found = formula(mathml);
  return found ? texOf(found).replace(/ +/g, " ").trim() : "";
}

/** Text outside of formulas. */
export function texText(text: string): string {
  const escaped = text.replace(IS_SPECIAL, (each) => SPECIAL[each]);
  const written = (each: string): string => (each === "\u00a0" ? "~" : each in SYMBOLS ? `$${SYMBOLS[each].trim()}$` : each);
  return [...escaped].map(written).join("");
}

type Write = (parts: string[], node: Element) => string;

const WRITERS: Record<string, Write> = {
  mfrac: ([top, bottom]) => `\\frac{${top}}{${bottom}}`,
  msqrt: (parts) => `\\sqrt{${parts.join("")}}`,
  mroot: ([base, degree]) => `\\sqrt[${degree}]{${base}}`,
  msup: ([base, above]) => `{${base}}^{${above}}`,
  msub: ([base, below]) => `{${base}}_{${below}}`,
  msubsup: ([base, below, above]) => `{${base}}_{${below}}^{${above}}`,
  munder: ([base, below]) => `${base}_{${below}}`,
  mover: ([base, above]) => `${base}^{${above}}`,
  munderover: ([base, below, above]) => `${base}_{${below}}^{${above}}`,
  mtr: (parts) => parts.join(" & "),
  mtable: (parts) => `\\begin{matrix}${parts.join(" \\\\ ")}\\end{matrix}`,
};

function texOf(node: Element): string {
  const text = node.textContent ?? "";
  if (node.localName === "mi") return identifier(text);
  if (node.localName === "mtext") return `\\text{${text.replace(IS_SPECIAL, (each) => SPECIAL[each])}}`;
  if (!node.children.length) return symbols(text);
  const parts = [...node.children].map(texOf);
  return WRITERS[node.localName]?.(parts, node) ?? parts.join(" ");
}

function identifier(text: string): string {
  const symbol = symbols(text);
  return text.length > 1 ? `\\mathrm{${symbol}}` : symbol;
}

function symbols(text: string): string {
  return [...text].map((each) => SYMBOLS[each] ?? SPECIAL[each] ?? each).join("");
}
