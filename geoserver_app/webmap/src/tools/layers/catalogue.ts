// All layers the caller may see, by theme, to be loaded or taken away again.
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { LayerConfig } from "../../api";
import { BASE_GROUP, groupOf } from "../../arrangement";
import { session } from "../../session";
import { box } from "../../ui/box";
import { empty } from "../../ui/empty";
import { icon } from "../../ui/icon";
import { named, words } from "../../words";
import { load } from "./row";
import { swatch } from "./swatch";

export function groupTitle(group: string): string {
  const w = words();
  if (group === BASE_GROUP) return w.baseMaps;
  return named(session().state.config.themes.find((theme) => theme.slug === group)?.title) || w.otherTheme;
}

export const matches = (layer: LayerConfig, text: string): boolean => {
  const wanted = text.trim().toLowerCase();
  return !wanted || [layer.title.zh, layer.title.en, layer.slug].some((name) => name.toLowerCase().includes(wanted));
};

export function catalogue(text: string, fold: (group: string) => void): TemplateResult {
  const w = words();
  const { config, closed } = session().state;
  const order = [...config.themes.map((theme) => theme.slug), ""];
  const groups = new Map<string, LayerConfig[]>();
  for (const layer of [...config.layers].reverse()) {
    if (matches(layer, text)) groups.set(groupOf(layer), [...(groups.get(groupOf(layer)) ?? []), layer]);
  }
  if (config.layers.length === 0) return empty("stack-2", w.catalogueEmpty);
  if (groups.size === 0) return empty("list-search", w.nothingMatches);
  const sorted = [...groups].sort(([a], [b]) => rank(a) - rank(b));
  function rank(group: string): number {
    return group === BASE_GROUP ? 1000 : order.indexOf(group);
  }
  return html`<ul class="tree">
    ${sorted.map(([group, layers]) => {
      const key = `c:${group}`;
      const isClosed = closed.includes(key) && !text;
      return html`<li>
        <div class="gr"><button class="ic sm" aria-expanded=${!isClosed} aria-label=${w.groupFold(groupTitle(group))} @click=${() => fold(key)}>${icon(isClosed ? "chevron-right" : "chevron-down", 15)}</button>
          <b>${groupTitle(group)}</b><span class="m s gr-n">${layers.length}</span></div>
        ${isClosed ? "" : html`<ul>${layers.map((layer) => item(layer))}</ul>`}
      </li>`;
    })}
  </ul>`;
}

function item(layer: LayerConfig): TemplateResult {
  const w = words();
  const s = session();
  const loaded = s.state.loaded.some((each) => each.slug === layer.slug);
  const name = named(layer.title);
  const toggle = (on: boolean): void =>
    on ? load(layer) : s.arrange(s.state.loaded.filter((each) => each.slug !== layer.slug));
  return html`<li class="lr cat" title=${named(layer.abstract) || name}>
    ${box(loaded ? "all" : "none", `${w.add} ${name}`, toggle)}
    <span class="nm">${swatch(layer)}<span class="el">${name}</span></span>
    <span class="mt">${(layer.surveyDate ?? layer.published ?? "").slice(0, 10)}</span>
  </li>`;
}
