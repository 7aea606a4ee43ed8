/** Starts the page: reads the document, makes the state that all views share, and mounts the frame. */
import "./theme.css";
import "./base.css";
import "./graph/graph.css";
import "./panels/panels.css";
import type { ExplorerDocument } from "./document";
import { element } from "./dom";
import { mountPage } from "./frame/page";

/** The document in the page; from the server if there is none, or if the address asks for another word or tag. */
async function readDocument(): Promise<ExplorerDocument> {
  const embedded = document.getElementById("explorer-document");
  const isAsked = new URLSearchParams(location.search).has("position");
  const found = embedded && !isAsked ? JSON.parse(embedded.textContent ?? "") : await fetched(`document.json${location.search}`);
  if (found.format !== "chainrule-explorer" || found.version !== 1)
    throw new Error(`This page reads chainrule-explorer documents of version 1 and found ${found.format} ${found.version}. Write the file again with this version of chainrule.`);
  return found as ExplorerDocument;
}

async function fetched(address: string): Promise<{ format?: string; version?: number }> {
  const response = await fetch(address);
  const found = await response.json();
  if (!response.ok) throw new Error(found.error ?? `The server answered with the status ${response.status}.`);
  return found;
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
