/** Nodes as a fragment of a LaTeX document, which needs amsmath. */
import type { Account } from "./account";
import { tex, texText } from "./tex";

export function latex(title: string, accounts: readonly Account[]): string {
  return [`\\section*{${texText(title)}}`, ...accounts.map(paragraph)].join("\n\n") + "\n";
}

function paragraph(account: Account): string {
  const equation = tex(account.equation);
  const sends = account.sends.map(({ to, rule, gradient }) => `  \\item to ${texText(to)}: ${rule ? `$${tex(rule)}$, ` : ""}${texText(gradient)}`);
  return [
    `\\paragraph{${texText(account.name)}} (${texText(account.kind)}, ${texText(account.type)})`,
    equation ? `\\[ ${equation} \\]` : "",
    account.value ? `Value: ${texText(account.value)}.` : "",
    ...account.says.map((each) => `${texText(each)}.`),
    texText(account.arrives),
    sends.length ? ["\\begin{itemize}", ...sends, "\\end{itemize}"].join("\n") : "",
    account.place ? `{\\small\\texttt{${texText(account.place)}}}` : "",
  ]
    .filter(Boolean)
    .join("\n");
}
