// The layer panel: what is loaded, grouped by theme, and the catalogue of all there is.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { BASE_GROUP, groups, moved, steppedGroup, together } from "../../arrangement";
import type { Loaded } from "../../session";
import { box } from "../../ui/box";
import type { Ticked } from "../../ui/box";
import { PageElement } from "../../ui/element";
import { empty } from "../../ui/empty";
import { icon } from "../../ui/icon";
import { cut } from "../../ui/middle";
import { named, words } from "../../words";
import { catalogue, groupTitle, matches } from "./catalogue";
import { row } from "./row";
import type { RowEvents } from "./row";

const NAME_WIDTH = 11;

export class LayerPanel extends PageElement {
  private text = "";
  private onlyOn = false;
  private dragged = "";
  private target: { slug: string; after: boolean } | null = null;

  protected override render(): TemplateResult {
    const w = words();
    const { tab, loaded, config } = this.session.state;
    const tabButton = (id: "loaded" | "catalogue", label: string): TemplateResult => html`
      <button role="tab" id="tab-${id}" aria-selected=${tab === id} aria-controls="tree-panel" tabindex=${tab === id ? 0 : -1} class=${tab === id ? "on" : ""}
        @click=${() => this.session.set({ tab: id })} @keydown=${(event: KeyboardEvent) => this.tabKeys(event)}>${label}</button>`;
    return html`
      <div class="ph">
        <div class="seg" role="tablist" aria-label=${w.layers}>
          ${tabButton("loaded", w.loadedTab(loaded.length))}${tabButton("catalogue", w.catalogueTab(config.layers.length))}
        </div>
      </div>
      <div class="f g6 filter">
        <label class="in">${icon("search", 15)}<input type="search" placeholder=${w.filterLayers} aria-label=${w.filterLayers} .value=${this.text}
          @input=${(event: Event) => { this.text = (event.target as HTMLInputElement).value; this.requestUpdate(); }} /></label>
        <button class="ic ${this.onlyOn ? "on" : ""}" title=${w.onlyShown} aria-label=${w.onlyShown} aria-pressed=${this.onlyOn} ?disabled=${tab === "catalogue"}
          @click=${() => { this.onlyOn = !this.onlyOn; this.requestUpdate(); }}>${icon("eye", 17)}</button>
        <button class="ic" title=${w.collapse} aria-label=${w.collapse} @click=${() => this.session.set({ leftOpen: false })}>${icon("layout-sidebar-left-collapse", 17)}</button>
      </div>
      <div id="tree-panel" class="scroll" role="tabpanel" aria-labelledby="tab-${tab}" @dragend=${() => this.settle()}>
        ${tab === "loaded" ? this.tree() : catalogue(this.text, (group) => this.fold(group))}
      </div>`;
  }

  private tabKeys(event: KeyboardEvent): void {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const tab = this.session.state.tab === "loaded" ? "catalogue" : "loaded";
    this.session.set({ tab });
    this.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  }

  private tree(): TemplateResult {
    const w = words();
    const { loaded } = this.session.state;
    if (loaded.length === 0)
      return empty("stack-2", w.nothingLoaded, "", { label: w.openCatalogue, run: () => this.session.set({ tab: "catalogue" }) });
    const wanted = (each: Loaded): boolean => {
      const layer = this.session.layer(each.slug);
      return Boolean(layer && matches(layer, this.text) && (!this.onlyOn || each.on));
    };
    const shown = groups(loaded, this.session.layers)
      .map(([group, members]) => [group, members, members.filter(wanted)] as const)
      .filter(([, , some]) => some.length > 0);
    if (shown.length === 0)
      return empty("list-search", w.nothingMatches, "", { label: w.clearFilter, run: () => { this.text = ""; this.onlyOn = false; this.requestUpdate(); } });
    return html`<ul class="tree">${shown.map(([group, members, some]) => this.group(group, members, some))}</ul>`;
  }

  private group(group: string, members: Loaded[], some: readonly Loaded[]): TemplateResult {
    const w = words();
    const on = members.filter((each) => each.on).length;
    const ticked: Ticked = on === 0 ? "none" : on === members.length ? "all" : "some";
    const closed = this.session.state.closed.includes(group) && !this.text;
    const title = groupTitle(group);
    const names = cut(members.map((each) => named(this.session.layer(each.slug)?.title)), NAME_WIDTH);
    return html`<li data-group=${group}>
      <div class="gr">
        <button class="ic sm" aria-expanded=${!closed} aria-label=${w.groupFold(title)} @click=${() => this.fold(group)} @keydown=${(event: KeyboardEvent) => this.groupKeys(event, group)}>${icon(closed ? "chevron-right" : "chevron-down", 15)}</button>
        ${box(ticked, w.groupToggle(title), (all) => this.tick(members, all))}
        <b>${title}</b><span class="m s gr-n">${on}/${members.length}</span>
      </div>
      ${closed ? nothing : html`<ul>${some.map((each) => this.row(each, names))}</ul>`}
    </li>`;
  }

  private row(each: Loaded, names: Map<string, string>): TemplateResult {
    const layer = this.session.layer(each.slug)!;
    const dropping = this.target?.slug === each.slug && this.dragged ? (this.target.after ? "drop-after" : "drop-before") : "";
    return row(layer, each, names.get(named(layer.title)) ?? named(layer.title), dropping, this.events);
  }

  private tick(members: Loaded[], on: boolean): void {
    const slugs = new Set(members.map((each) => each.slug));
    this.session.arrange(this.session.state.loaded.map((each) => (slugs.has(each.slug) ? { ...each, on } : each)));
  }

  private fold(group: string): void {
    const { closed } = this.session.state;
    this.session.set({ closed: closed.includes(group) ? closed.filter((each) => each !== group) : [...closed, group] });
  }

  private groupKeys(event: KeyboardEvent, group: string): void {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown") || group === BASE_GROUP) return;
    event.preventDefault();
    event.stopPropagation();
    this.session.arrange(steppedGroup(this.session.state.loaded, group, event.key === "ArrowUp" ? -1 : 1, this.session.layers));
  }

  private readonly events: RowEvents = {
    drag: (event, slug) => {
      this.dragged = slug;
      event.dataTransfer?.setData("text/plain", slug);
      if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    },
    over: (event, slug) => {
      if (!this.dragged || !this.sameGroup(this.dragged, slug)) return;
      event.preventDefault();
      const rect = (event.currentTarget as HTMLElement).getBoundingClientRect();
      this.target = { slug, after: event.clientY > rect.top + rect.height / 2 };
      this.requestUpdate();
    },
    drop: (event, slug) => {
      event.preventDefault();
      const { loaded } = this.session.state;
      if (this.dragged && this.target && slug !== this.dragged)
        this.session.arrange(together(moved(loaded, this.dragged, slug, this.target.after), this.session.layers));
      this.settle();
    },
  };

  private settle(): void {
    this.dragged = "";
    this.target = null;
    this.requestUpdate();
  }

  private sameGroup(one: string, other: string): boolean {
    return groups(this.session.state.loaded, this.session.layers).some(
      ([, members]) => members.some((each) => each.slug === one) && members.some((each) => each.slug === other),
    );
  }
}

customElements.define("gb-layers", LayerPanel);
