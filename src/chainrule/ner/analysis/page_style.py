"""The style sheet and the script of the page of an error analysis."""

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #59636e; --line: #d1d9e0;
  --bar: #bc4c00; --gold: #116329; --gold-back: #dafbe1; --guess: #a40e26; --guess-back: #ffebe9;
  --heat: 188, 76, 0; --right: 17, 99, 41; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --soft: #9198a1;
  --line: #3d444d; --bar: #f0883e; --gold: #7ee787; --gold-back: #12351f; --guess: #ffa198;
  --guess-back: #4b1113; --heat: 240, 136, 62; --right: 63, 185, 80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; background: var(--back);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .note { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child, td.words, .kinds-table th:last-child,
.groups-table th:last-child { text-align: left; }
td:first-child { white-space: normal; overflow-wrap: break-word;
  min-width: 6rem; max-width: 20rem; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible, .kinds button:focus-visible { outline: 2px solid var(--bar); }
th[aria-sort=ascending] button::after { content: " \\25B2"; }
th[aria-sort=descending] button::after { content: " \\25BC"; }
.bar { display: inline-block; height: .7rem; background: var(--bar); vertical-align: middle; }
td.share { text-align: left; min-width: 9rem; }
.kinds { display: flex; flex-wrap: wrap; gap: .4rem; margin: .5rem 0; }
.kinds button { font: inherit; color: inherit; background: none; border: 1px solid var(--line);
  border-radius: 1rem; padding: .1rem .8rem; cursor: pointer; }
.kinds button[aria-pressed=true] { background: var(--text); color: var(--back); }
.example { border-bottom: 1px solid var(--line); padding: .5rem 0; overflow-wrap: anywhere; }
.example .kind { color: var(--soft); font-size: .85rem; }
.example div { padding-left: 5.5rem; text-indent: -5.5rem; }
.example div > span { display: inline-block; width: 5.5rem; text-indent: 0; color: var(--soft); }
mark { padding: .05rem .25rem; border-radius: .25rem; color: var(--gold);
  background: var(--gold-back); }
mark.predicted { color: var(--guess); background: var(--guess-back); }
mark b { font-size: .75rem; }
[hidden] { display: none; }
@media (max-width: 40rem) {
  .groups-table :is(th, td):is(:nth-child(3), :nth-child(4), :nth-child(5), :nth-child(6)),
  .kinds-table :is(th, td):last-child { display: none; }
  th, td { padding: .25rem .4rem; } td.share { min-width: 0; } td:first-child { min-width: 4.5rem; }
  .bar { max-width: 3rem; }
  .example div { padding-left: 0; text-indent: 0; } .example div > span { display: block; } }
"""

SCRIPT = """
const value = cell => cell.dataset.value ?? cell.textContent;
function compare(a, b) {
  const x = value(a), y = value(b), both = !isNaN(x) && !isNaN(y) && x !== "" && y !== "";
  return both ? x - y : x.localeCompare(y);
}
document.querySelectorAll("th button").forEach(button => button.addEventListener("click", () => {
  const head = button.parentElement, body = head.closest("table").tBodies[0];
  const falls = head.getAttribute("aria-sort") !== "descending";
  for (const each of head.parentElement.children) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", falls ? "descending" : "ascending");
  const rows = [...body.rows], at = head.cellIndex;
  rows.sort((a, b) => compare(a.cells[at], b.cells[at]) * (falls ? -1 : 1));
  body.append(...rows);
}));
const buttons = [...document.querySelectorAll(".kinds button")];
buttons.forEach(button => button.addEventListener("click", () => {
  for (const each of buttons) each.setAttribute("aria-pressed", each === button);
  for (const each of document.querySelectorAll(".example"))
    each.hidden = button.dataset.kind !== "" && each.dataset.kind !== button.dataset.kind;
}));
"""
