// A layer's legend inside its row: of a long one the classes in view first, then how many others there are.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { readLegend, Unanswered } from "../../api";
import type { LayerConfig, LegendEntry } from "../../api";
import { hasView, view } from "../../map/view";
import { session } from "../../session";
import { named, words } from "../../words";
import { symbol } from "./swatch";

const FIRST = 12;
const open = new Set<string>();
/** What was last told of a layer, and for which view. */
const told = new Map<string, { key: string; classes: number[] | null }>();

export function legend(layer: LayerConfig): TemplateResult | typeof nothing {
  const w = words();
  if (layer.legend.length === 0) return nothing;
  const isLong = layer.legend.length > FIRST + 2;
  const first = isLong ? inView(layer) : layer.legend;
  const rest = layer.legend.filter((each) => !first.includes(each));
  const all = open.has(layer.slug);
  const toggle = (): void => {
    if (!open.delete(layer.slug)) open.add(layer.slug);
    session().set({});
  };
  return html`<ul class="lg" aria-label=${w.legend}>
      ${[...first, ...(all ? rest : [])].map((each) => html`<li title=${named(each.title)}>${symbol(each.svg, 16, 11)}<span class="el">${named(each.title)}</span></li>`)}
    </ul>
    ${rest.length ? html`<button class="lk s" aria-expanded=${all} @click=${toggle}>${all ? w.fewerClasses : w.moreClasses(rest.length)}</button>` : nothing}`;
}

/** The classes in view; until the server has told them, those of the view before, or the first ones. */
function inView(layer: LayerConfig): LegendEntry[] {
  const classes = layer.kind === "vector" && hasView() ? asked(layer.slug) : null;
  return classes ? classes.map((place) => layer.legend[place]!) : layer.legend.slice(0, FIRST);
}

function asked(slug: string): number[] | null {
  const extent = view().extent;
  const key = extent.map((each) => each.toFixed(5)).join(",");
  const known = told.get(slug);
  if (known?.key === key) return known.classes;
  const mine = { key, classes: known?.classes ?? null };
  told.set(slug, mine);
  readLegend(slug, extent).then(
    (classes) => {
      mine.classes = classes;
      session().set({});
    },
    (fault: unknown) => {
      // Without an answer the list stays as it is; the next view asks again.
      if (!(fault instanceof Unanswered)) throw fault;
    },
  );
  return mine.classes;
}
