// One loaded layer in the tree: box, swatch, name, opacity or first scale; opened, its opacity, blend and legend.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import type { Blend, LayerConfig } from "../../api";
import { added, changed, stepped } from "../../arrangement";
import { firstZoom, isInScale, retry } from "../../map/layers";
import { groundFactor, rounded, spoken } from "../../map/scale";
import { view } from "../../map/view";
import { session } from "../../session";
import type { Loaded } from "../../session";
import { box } from "../../ui/box";
import { icon } from "../../ui/icon";
import { openMenuAt } from "../../ui/menu";
import type { Item } from "../../ui/menu";
import { named, words } from "../../words";
import { legend } from "./legend";
import { swatch } from "./swatch";

export const percent = (opacity: number): string => `${Math.round(opacity * 100)}%`;

/** The true scale from which a layer is drawn, at the map's latitude. */
function fromScale(layer: LayerConfig): string {
  const edge = (559082264.0287178 / 2 ** (firstZoom(layer) - 0.5)) * groundFactor(session().state.view.lat);
  return words().from(spoken(edge >= 10000 ? Math.round(edge / 1000) * 1000 : rounded(edge)));
}

export function setOn(slug: string, on: boolean): void {
  const s = session();
  s.arrange(changed(s.state.loaded, slug, { on }));
}

export function setOpacity(slug: string, opacity: number, merge: boolean): void {
  const s = session();
  s.arrange(changed(s.state.loaded, slug, { opacity: Math.min(1, Math.max(0, opacity)) }), merge);
}

export function step(slug: string, by: -1 | 1): void {
  const s = session();
  const next = stepped(s.state.loaded, slug, by, s.layers);
  if (next !== s.state.loaded) s.arrange(next);
}

function actions(layer: LayerConfig): (Item | null)[] {
  const w = words();
  const s = session();
  return [
    { label: w.zoomTo, icon: "zoom-in-area", disabled: layer.extent ? undefined : w.nothingHere, run: () => layer.extent && view().fit(layer.extent) },
    { label: w.moveUp, icon: "arrow-up", note: "Alt+↑", run: () => step(layer.slug, -1) },
    { label: w.moveDown, icon: "arrow-down", note: "Alt+↓", run: () => step(layer.slug, 1) },
    null,
    { label: w.remove, icon: "x", run: () => s.arrange(s.state.loaded.filter((each) => each.slug !== layer.slug)) },
  ];
}

export interface RowEvents {
  drag: (event: DragEvent, slug: string) => void;
  over: (event: DragEvent, slug: string) => void;
  drop: (event: DragEvent, slug: string) => void;
}

export function row(layer: LayerConfig, each: Loaded, name: string, dropping: string, events: RowEvents): TemplateResult {
  const w = words();
  const { selected, view: now, status } = session().state;
  const inScale = isInScale(layer, now.zoom);
  const full = named(layer.title);
  const state = each.on && inScale ? (status[each.slug] ?? "idle") : "idle";
  const opened = selected === each.slug;
  return html`
    <li class="ly ${dropping}" data-slug=${each.slug} @dragover=${(event: DragEvent) => events.over(event, each.slug)}
      @drop=${(event: DragEvent) => events.drop(event, each.slug)}>
      <div class="lr ${opened ? "sel" : ""} ${each.on && inScale ? "" : "dim"}" draggable="true" @dragstart=${(event: DragEvent) => events.drag(event, each.slug)}>
        ${box(each.on ? "all" : "none", w.layerToggle(full), (on) => setOn(each.slug, on))}
        <div class="nm" role="button" tabindex="0" aria-expanded=${opened} title="${full}\n${w.drag}" @click=${() => toggle(each.slug)}
          @keydown=${(event: KeyboardEvent) => rowKeys(event, each.slug)}>
          ${swatch(layer)}<span class="el">${name}</span>
        </div>
        ${state === "failed"
          ? html`<span class="dot-no" title=${w.failedLong(full)}></span><button class="lk s" @click=${() => retry(each.slug)}>${w.retry}</button>`
          : html`<span class="mt">${inScale ? percent(each.opacity) : fromScale(layer)}</span>`}
        <button class="ic dd" aria-label=${w.layerMenu(full)} aria-haspopup="menu" @click=${(event: Event) => openMenuAt(event.currentTarget as Element, actions(layer), w.layerMenu(full))}>${icon("dots", 15)}</button>
        ${state === "loading" ? html`<span class="lr-bar" aria-hidden="true"></span>` : nothing}
      </div>
      ${opened ? details(layer, each) : nothing}
    </li>
  `;
}

const toggle = (slug: string): void => session().set({ selected: session().state.selected === slug ? "" : slug });

// A div and not a button: Firefox starts no drag from inside a button.
function rowKeys(event: KeyboardEvent, slug: string): void {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    toggle(slug);
    return;
  }
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  event.stopPropagation();
  step(slug, event.key === "ArrowUp" ? -1 : 1);
  const tree = (event.currentTarget as HTMLElement).closest(".tree");
  requestAnimationFrame(() => tree?.querySelector<HTMLElement>(`[data-slug="${slug}"] .nm`)?.focus());
}

function details(layer: LayerConfig, each: Loaded): TemplateResult {
  const w = words();
  let dragging = false;
  const slide = (event: Event): void => {
    setOpacity(each.slug, Number((event.target as HTMLInputElement).value) / 100, dragging);
    dragging = true;
  };
  return html`<div class="det">
    <label class="f g8"><span class="s m2 det-w">${w.opacity}</span>
      <input class="sl" type="range" min="0" max="100" step="1" .value=${String(Math.round(each.opacity * 100))} ${ref((slider) => filled(slider, each.opacity))} @input=${slide} @change=${() => (dragging = false)} />
      <output class="s n det-p">${percent(each.opacity)}</output></label>
    <label class="f g8"><span class="s m2 det-w">${w.blend}</span>
      <select class="in sm" @change=${(event: Event) => session().arrange(changed(session().state.loaded, each.slug, { blend: (event.target as HTMLSelectElement).value as Blend }))}>
        ${(["normal", "multiply", "screen"] as const).map((blend) => html`<option value=${blend} ?selected=${each.blend === blend}>${w.blends[blend]}</option>`)}
      </select>
      <button type="button" class="btn sm" @click=${() => layer.extent && view().fit(layer.extent)}>${icon("zoom-in-area", 14)}${w.zoomTo}</button></label>
    ${legend(layer)}
    <div class="s m det-v">${icon("versions", 14)}<span>${w.versionLine(layer.version, (layer.published ?? "").slice(0, 10))}</span>
      ${layer.sample ? html`<span class="chip" title=${w.sampleTitle}>${w.sample}</span>` : nothing}</div>
  </div>`;
}

// Set through the object model: a style attribute would break the page's content security policy.
const filled = (slider: Element | undefined, opacity: number): void => (slider as HTMLElement | undefined)?.style.setProperty("--at", percent(opacity));

export const load = (layer: LayerConfig): void => session().arrange(added(session().state.loaded, layer, session().layers));
