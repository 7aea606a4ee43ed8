/** Starts the page: reads the document, makes the state that all views share, and mounts the frame. */
import "./theme.css";
import "./base.css";
import "./graph/graph.css";
import "./panels/panels.css";
import type { ExplorerDocument } from "./document";
import { element } from "./dom";
import { mountPage } from "./frame/page";

async function readDocument(): Promise<ExplorerDocument> {
  const embedded = document.getElementById("explorer-document");
  const found = embedded ? JSON.parse(embedded.textContent ?? "") : await (await fetch("document.json")).json();
  if (found.format !== "chainrule-explorer" || found.version !== 1)
    throw new Error(`This page reads chainrule-explorer documents of version 1 and found ${found.format} ${found.version}. Write the file again with this version of chainrule.`);
  return found as ExplorerDocument;
}

async function start(): Promise<void> {
  const host = document.getElementById("explorer") ?? document.body;
  try {
    mountPage(host, await readDocument());
  } catch (error) {
    host.append(element("p", { class: "failure", role: "alert" }, String(error instanceof Error ? error.message : error)));
    throw error;
  }
}

void start();
