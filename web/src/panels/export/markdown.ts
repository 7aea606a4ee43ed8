/** Nodes as Markdown, with formulas in LaTeX between dollar signs. */
import type { Account } from "./account";
import { tex } from "./tex";

export function markdown(title: string, accounts: readonly Account[]): string {
  return [`# ${escaped(title)}`, ...accounts.map(paragraph)].join("\n\n") + "\n";
}

function paragraph(account: Account): string {
  const equation = tex(account.equation);
  return [
    `## ${escaped(account.name)} (${escaped(account.kind)}, ${account.type})`,
    equation ? `$$${equation}$$` : "",
    account.value ? `Value: ${account.value}` : "",
    ...account.says.map((each) => `- ${escaped(each)}`),
    account.arrives,
    ...account.sends.map(({ to, rule, gradient }) => `- to ${escaped(to)}: ${rule ? `$${tex(rule)}$, ` : ""}${gradient}`),
    account.place ? `\`${account.place.replaceAll("`", "'")}\`` : "",
  ]
    .filter(Boolean)
    .join("\n\n")
    .replace(/\n\n- /g, "\n- ");
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|$]/g, "\\$&");
}
