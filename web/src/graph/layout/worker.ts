/** Answers questions about layouts away from the page, which stays alive meanwhile. */
import { layoutOf } from "./layout";
import type { Question } from "./columns";

addEventListener("message", (event: MessageEvent<{ id: number; question: Question }>) => {
  const { id, question } = event.data;
  try {
    postMessage({ id, columns: layoutOf(question) });
  } catch (error) {
    postMessage({ id, failure: String(error) });
  }
});
