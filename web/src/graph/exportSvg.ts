/** The graph as an SVG file that stands alone, as it is shown. */
import { svg } from "../dom";
import type { Picture } from "./paint";
import { definitions, drawing } from "./svgDraw";
import type { Measure } from "./text";

export function svgText(picture: Picture, measure: Measure): string {
  const { x, y, width, height } = picture.built.scene.bounds;
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `${x} ${y} ${width} ${height}`, width: Math.round(width), height: Math.round(height) },
    svg("title", {}, picture.h.document.title), definitions(picture),
    svg("rect", { x, y, width, height, fill: picture.palette.paper }), drawing(picture, measure));
  for (const hidden of root.querySelectorAll(".whole")) hidden.remove();
  for (const faded of root.querySelectorAll(".box.faded")) faded.setAttribute("opacity", "0.42");
  for (const named of root.querySelectorAll("[class]")) named.removeAttribute("class");
  return new XMLSerializer().serializeToString(root);
}

/** Offers a text as a file. */
export function offer(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
