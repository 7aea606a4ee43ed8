/** What the arithmetic of the page computes for documents with edits, for tests in Python. */
import type { ExplorerDocument } from "../../src/document";
import { PageBackend } from "../../src/live/page_backend";
import type { Edit } from "../../src/state";

interface Question {
  document: ExplorerDocument;
  edits: Edit[];
  seed: number[] | null;
  check: number[];
}

/** JSON to JSON: one answer per question. */
export async function answers(questions: string): Promise<string> {
  return JSON.stringify(await Promise.all((JSON.parse(questions) as Question[]).map(answer)));
}

async function answer({ document, edits, seed, check }: Question): Promise<object> {
  const backend = new PageBackend(document);
  const run = await backend.edit(edits, seed);
  const checks = await Promise.all(check.map((node) => backend.check(node, edits, seed)));
  return { ...run, checks };
}
