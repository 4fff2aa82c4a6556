// The small picture of a layer: its one symbol, four colours of its classes, or what kind of picture it is.
import { html, svg } from "lit";
import type { TemplateResult } from "lit";
import type { LayerConfig } from "../../api";

export const symbol = (source: string, width = 18, height = 13): TemplateResult =>
  html`<img class="sy" src="data:image/svg+xml;utf8,${encodeURIComponent(source)}" width=${width} height=${height} alt="" />`;

const drawn = (body: unknown): TemplateResult => html`<svg class="sw" width="18" height="13" viewBox="0 0 18 13" aria-hidden="true">${body}</svg>`;

export function swatch(layer: LayerConfig): TemplateResult {
  if (layer.kind === "imagery" || layer.kind === "cascaded")
    return drawn(svg`<rect width="18" height="13" rx="1.5" fill="#6f7d52"></rect><path d="M0 4l7 2 4 7H0z" fill="#9c9371"></path><path d="M8 13C7 8 13 6 12 0h3c0 6-5 8-4 13z" fill="#42605f"></path>`);
  if (layer.kind === "elevation") return drawn(svg`<path d="M0 12.500L6 3l4 5 3-4 5 8.500z" fill="#a39a86"></path><path d="M6 3l4 5-1.500 4.500z" fill="#7b735f"></path>`);
  if (layer.slug === "vec") return drawn(svg`<rect width="18" height="13" rx="1.5" fill="#ebe7db"></rect><path d="M0 9l18-4M6 0l2 13" stroke="#f0b74f" stroke-width="1.6"></path><path d="M12 13c-1-5 3-8 2-13" stroke="#7fbad4" stroke-width="2" fill="none"></path>`);
  if (layer.kind === "map") return drawn(svg`<text x="2.500" y="11.200" font-size="12" font-weight="700" class="sw-ink">注</text>`);
  const [first, ...others] = layer.legend;
  if (!first) return drawn(svg`<rect x="1.500" y="1.500" width="15" height="10" rx="1.5" fill="none" stroke="currentColor"></rect>`);
  if (others.length === 0 || layer.geometry !== "Polygon") return html`<span class="sw">${symbol(first.svg)}</span>`;
  const four = spread(layer.legend.map((each) => each.svg), 4);
  return html`<span class="sw sw4">${four.map((each) => symbol(each, 9, 6))}</span>`;
}

/** Some of many, evenly apart. */
const spread = <T>(list: T[], count: number): T[] =>
  list.length <= count ? list : Array.from({ length: count }, (_, index) => list[Math.floor((index * list.length) / count)]!);
