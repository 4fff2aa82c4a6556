// The search field in the bar: answers as one types, in groups, chosen by arrows, shown on the map before Enter.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { findPlaces, Unanswered } from "../../api";
import { selection, toMap } from "../../map/select";
import { view } from "../../map/view";
import type { Found } from "../../session";
import { PageElement } from "../../ui/element";
import { icon } from "../../ui/icon";
import { say } from "../../ui/toast";
import { named, words } from "../../words";
import { load } from "../layers/row";
import { local } from "./places";

const ORDER: Found["group"][] = ["place", "coordinate", "sheet", "layer"];
const SIGNS: Record<Found["group"], string> = { place: "map-pin", layer: "stack", sheet: "grid-4x4", coordinate: "crosshair" };
const LIMIT = 8;
const PAUSE_MS = 120;

export class SearchBox extends PageElement {
  private text = "";
  private results: Found[] = [];
  private at = 0;
  private opened = false;
  private busy = false;
  private isDown = false;
  private asked = "";
  private running: AbortController | null = null;
  private timer = 0;

  protected override render(): TemplateResult {
    const w = words();
    const open = this.opened && this.text.trim().length > 0;
    return html`
      <div class="q" role="search" @focusout=${(event: FocusEvent) => this.left(event)}>
        ${icon(this.busy ? "loader-2" : "search", 16)}
        <input id="search" type="text" autocomplete="off" spellcheck="false" role="combobox" aria-label=${w.search} placeholder=${w.searchHint} aria-expanded=${open} aria-controls="found"
          aria-activedescendant=${open && this.results.length ? `found-${this.at}` : nothing} .value=${this.text}
          @input=${(event: Event) => this.typed((event.target as HTMLInputElement).value)} @keydown=${(event: KeyboardEvent) => this.key(event)} @focus=${() => this.focused()} />
        ${this.text ? html`<button class="q-x" aria-label=${w.clear} title=${w.clear} @click=${() => this.clear()}>${icon("x", 14)}</button>` : html`<kbd aria-hidden="true">/</kbd>`}
        ${open ? this.list() : nothing}
      </div>`;
  }

  private list(): TemplateResult {
    const w = words();
    const groups = ORDER.map((group) => [group, this.results.filter((each) => each.group === group)] as const).filter(([, found]) => found.length);
    return html`<div class="found" id="found" role="listbox" aria-label=${w.results}>
      ${groups.map(([group, found]) => html`<div role="group" aria-label=${w.searchGroups[group]}><div class="found-g">${w.searchGroups[group]}</div>${found.map((each) => this.option(each))}</div>`)}
      ${this.isDown ? html`<p class="found-n warn">${w.searchDown}</p>` : nothing}
      ${!this.results.length && !this.isDown ? html`<p class="found-n">${this.busy || this.asked !== this.text.trim() ? w.searchBusy : w.searchNothing}</p>` : nothing}
    </div>`;
  }

  private option(each: Found): TemplateResult {
    const place = this.results.indexOf(each);
    return html`<div role="option" id="found-${place}" aria-selected=${place === this.at} class=${place === this.at ? "on" : ""}
      @pointerdown=${(event: Event) => event.preventDefault()} @pointermove=${() => place !== this.at && this.point(place)} @click=${() => this.choose(each)}>
      ${icon(SIGNS[each.group], 15)}<span class="el found-t">${this.marked(each.title)}</span><span class="m s el found-k">${each.note}</span></div>`;
  }

  /** The typed part of a name in bold. */
  private marked(title: string): TemplateResult | string {
    const at = title.toLowerCase().indexOf(this.text.trim().toLowerCase());
    const end = at + this.text.trim().length;
    return at < 0 ? title : html`${title.slice(0, at)}<b>${title.slice(at, end)}</b>${title.slice(end)}`;
  }

  private typed(text: string): void {
    this.text = text;
    this.opened = true;
    this.show(local(text), this.results.filter((each) => each.group === "place"));
    clearTimeout(this.timer);
    this.running?.abort();
    if (!text.trim()) return this.clear();
    this.timer = window.setTimeout(() => void this.ask(text.trim()), PAUSE_MS);
  }

  private show(own: Found[], places: Found[]): void {
    const before = this.results[this.at];
    this.results = ORDER.flatMap((group) => (group === "place" ? places : own.filter((each) => each.group === group)));
    this.at = Math.max(0, before ? this.results.findIndex((each) => each.title === before.title && each.note === before.note) : 0);
    this.requestUpdate();
  }

  private async ask(text: string): Promise<void> {
    const mine = (this.running = new AbortController());
    this.busy = true;
    this.requestUpdate();
    let places: Found[] = [];
    try {
      const found = await findPlaces(text, LIMIT, mine.signal);
      places = found.map((each) => ({ title: each.properties.title, note: each.properties.kind || named(each.properties.layerTitle), group: "place", geometry: each.geometry, slug: each.properties.layer, properties: each.properties }));
      this.isDown = false;
    } catch (fault) {
      if (mine.signal.aborted) return;
      if (!(fault instanceof Unanswered)) throw fault;
      this.isDown = true;
    }
    if (mine.signal.aborted) return;
    this.busy = false;
    this.asked = text;
    this.at = 0;
    this.show(local(text), places);
    say(this.results.length ? words().searchFound(this.results.length) : words().searchNothing);
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.results.length) {
      event.preventDefault();
      this.opened = true;
      this.point((this.at + step + this.results.length) % this.results.length);
    } else if (event.key === "Enter") {
      const found = this.results[this.at];
      if (found && !event.isComposing) this.choose(found);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (this.opened && this.text) this.close();
      else this.querySelector("input")?.blur();
    }
  }

  private point(place: number): void {
    this.at = place;
    const found = this.results[place];
    selection().preview(found?.geometry ?? null);
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector(`#found-${place}`)?.scrollIntoView({ block: "nearest" }));
  }

  private choose(found: Found): void {
    this.opened = false;
    this.text = found.title;
    this.requestUpdate();
    if (found.group === "layer" && found.slug) {
      const layer = this.session.layer(found.slug);
      if (!layer) return;
      load(layer);
      this.session.set({ selected: layer.slug, tab: "loaded", leftOpen: true, tool: "layers" });
      if (layer.extent) view().fit(layer.extent);
      return;
    }
    if (!found.geometry) return;
    selection().preview(found.geometry);
    if (found.geometry.type === "Point") view().centreAt([found.geometry.coordinates[0], found.geometry.coordinates[1]], Math.max(this.session.state.view.zoom, 15));
    else view().fitGeometry(toMap(found.geometry));
  }

  private focused(): void {
    this.opened = true;
    this.querySelector("input")?.select();
    this.requestUpdate();
  }

  private left(event: FocusEvent): void {
    if (this.contains(event.relatedTarget as Node | null)) return;
    this.opened = false;
    this.requestUpdate();
  }

  private close(): void {
    this.opened = false;
    selection().preview(null);
    this.requestUpdate();
  }

  private clear(): void {
    this.running?.abort();
    clearTimeout(this.timer);
    this.text = "";
    this.results = [];
    this.busy = false;
    selection().preview(null);
    this.requestUpdate();
  }
}

customElements.define("gb-search", SearchBox);
