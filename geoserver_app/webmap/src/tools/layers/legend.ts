// A layer's legend inside its row: every class with its symbol; a long one shows its first classes and how many follow.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { LayerConfig } from "../../api";
import { session } from "../../session";
import { named, words } from "../../words";
import { symbol } from "./swatch";

const FIRST = 12;
const open = new Set<string>();

export function legend(layer: LayerConfig): TemplateResult | typeof nothing {
  const w = words();
  if (layer.legend.length === 0) return nothing;
  const all = open.has(layer.slug) || layer.legend.length <= FIRST + 2;
  const shown = all ? layer.legend : layer.legend.slice(0, FIRST);
  const toggle = (): void => {
    if (!open.delete(layer.slug)) open.add(layer.slug);
    session().set({});
  };
  return html`<ul class="lg" aria-label=${w.legend}>
      ${shown.map((each) => html`<li title=${named(each.title)}>${symbol(each.svg, 16, 11)}<span class="el">${named(each.title)}</span></li>`)}
    </ul>
    ${layer.legend.length > FIRST + 2
      ? html`<button class="lk s" aria-expanded=${all} @click=${toggle}>${all ? w.fewerClasses : w.moreClasses(layer.legend.length - FIRST)}</button>`
      : nothing}`;
}
