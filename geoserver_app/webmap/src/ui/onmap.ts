// What lies on the map itself: chips, base maps, zoom, home, locate, link, scale bar.
import { html, nothing, svg } from "lit";
import type { TemplateResult } from "lit";
import { bases, currentBase, isBaseMap, withBase } from "../arrangement";
import type { Base } from "../arrangement";
import { groundFactor, barLength } from "../map/scale";
import { selection } from "../map/select";
import { hasView, view } from "../map/view";
import { words } from "../words";
import { PageElement } from "./element";
import { icon } from "./icon";
import { openMenuAt } from "./menu";
import { copy, toast } from "./toast";

const PICTURES: Record<Base, unknown> = {
  imagery: svg`<rect width="58" height="30" fill="#7a8060"></rect><path d="M0 0h20v14h-20z" fill="#9c9371"></path><path d="M40 18h18v12h-18z" fill="#667a4d"></path><path d="M26 30C22 16 40 12 36 0" stroke="#42605f" stroke-width="6" fill="none"></path>`,
  vector: svg`<rect width="58" height="30" fill="#f1efe8"></rect><path d="M0 20l58-8M18 0l6 30" stroke="#fff" stroke-width="5"></path><path d="M0 20l58-8" stroke="#f4c66a" stroke-width="3"></path><path d="M40 30C36 20 50 10 46 0" stroke="#9cc9dc" stroke-width="5" fill="none"></path>`,
  terrain: svg`<rect width="58" height="30" fill="#dfe3d2"></rect><path d="M0 30L14 10l10 12 12-16 22 24z" fill="#b8bfa3"></path><path d="M36 6l10 11-6 5-9-8z" fill="#a3ab8d"></path>`,
};

export class OnMap extends PageElement {
  protected override render(): TemplateResult {
    return html`${this.chips()}${this.foot()}${this.baseMaps()}${this.buttons()}`;
  }

  private chips(): TemplateResult | typeof nothing {
    const w = words();
    const { date, loaded } = this.session.state;
    const imagery = loaded.filter((each) => each.on).map((each) => this.session.layer(each.slug)).find((layer) => layer?.kind === "imagery" && isBaseMap(layer));
    if (!imagery) return nothing;
    const shown = date || imagery.surveyDate || "";
    if (imagery.dates.length < 2) return shown ? html`<div class="ctx"><span class="fl chip-m">${icon("clock", 15)}${w.shot(shown)}</span></div>` : nothing;
    const items = [...imagery.dates].reverse().map(({ date: day }) => ({ label: w.shot(day), note: day === imagery.surveyDate ? w.current : "", checked: day === shown, run: () => this.session.set({ date: day === imagery.surveyDate ? "" : day }) }));
    const isOld = shown !== imagery.surveyDate;
    return html`<div class="ctx"><span class="fl chip-m ${isOld ? "warn" : ""}">
        <button class="chip-b" aria-haspopup="menu" title=${w.imageryDate} @click=${(event: Event) => openMenuAt((event.currentTarget as Element).parentElement!, items, w.imageryDate)}>${icon("clock", 15)}${isOld ? w.shot(shown) : w.currentDate(shown)}${icon("chevron-down", 13)}</button>
        ${isOld ? html`<button class="chip-x" aria-label=${w.current} title=${w.current} @click=${() => this.session.set({ date: "" })}>${icon("x", 13)}</button>` : nothing}
      </span></div>`;
  }

  private foot(): TemplateResult | typeof nothing {
    if (!hasView()) return nothing;
    const { view: now, loaded } = this.session.state;
    const ground = view().resolution * groundFactor(now.lat);
    const bar = barLength(ground, 110);
    const label = bar.metres >= 1000 ? `${bar.metres / 1000} km` : `${bar.metres} m`;
    const credits = [...new Set(loaded.filter((each) => each.on).map((each) => this.session.layer(each.slug)?.attribution).filter(Boolean))];
    return html`<div class="foot"><svg class="sbar" width=${Math.ceil(bar.pixels) + 2} height="18" role="img" aria-label="${words().scale} ${label}">
        <path class="sbar-h" d="M1 11v5h${bar.pixels}v-5"></path><path d="M1 11v5h${bar.pixels}v-5"></path><text x=${bar.pixels / 2 + 1} y="12">${label}</text></svg>
      ${credits.length ? html`<span class="credits">${credits.join(" · ")}</span>` : nothing}</div>`;
  }

  private baseMaps(): TemplateResult | typeof nothing {
    const w = words();
    const { config, loaded } = this.session.state;
    const choices = bases(config);
    if (choices.length < 2) return nothing;
    const now = currentBase(loaded, this.session.layers);
    return html`<div class="fl basemaps" role="radiogroup" aria-label=${w.baseMapChoice}>
      ${choices.map((each) => html`<button role="radio" aria-checked=${each === now} class=${each === now ? "on" : ""} data-base=${each} @click=${() => this.session.arrange(withBase(loaded, each, config))}>
        <svg width="58" height="30" aria-hidden="true">${PICTURES[each]}</svg>${w[each]}</button>`)}
    </div>`;
  }

  private buttons(): TemplateResult {
    const w = words();
    const button = (sign: string, label: string, run: () => void): TemplateResult => html`<button class="ic" title=${label} aria-label=${label} @click=${run}>${icon(sign, 18)}</button>`;
    return html`<div class="fl zm">
      ${button("plus", w.zoomIn, () => view().zoomBy(1))}${button("minus", w.zoomOut, () => view().zoomBy(-1))}
      ${button("home", w.home, () => view().fit(this.session.state.config.home))}
      ${button("focus-2", w.locate, () => this.locate())}
      ${button("link", w.share, () => void copy(location.href, w.linkCopied, w.copyFailed))}
    </div>`;
  }

  private locate(): void {
    const w = words();
    if (!("geolocation" in navigator)) return toast(w.locateFailed);
    toast(w.locating);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const at: [number, number] = [coords.longitude, coords.latitude];
        selection().pin(at);
        view().centreAt(at, 16);
      },
      () => toast(w.locateFailed),
      { timeout: 10000 },
    );
  }
}

customElements.define("gb-onmap", OnMap);
