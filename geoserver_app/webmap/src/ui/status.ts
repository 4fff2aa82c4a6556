// The status line: coordinate system, X/Y and lon/lat at the pointer, scale, sheet, loading.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { isInScale } from "../map/layers";
import { grouped, planeSystem, sexagesimal, toPlane, wrap } from "../map/projections";
import { readScale, rounded, SCALES, spoken } from "../map/scale";
import { sheetAt, sheetScale } from "../map/sheets";
import { hasView, view } from "../map/view";
import { remember } from "../preferences";
import { words } from "../words";
import { PageElement } from "./element";
import { icon } from "./icon";
import { openMenuAt } from "./menu";
import { toast } from "./toast";

const spaced = (scale: number): string => `1:${grouped(scale, 0)}`;

export class StatusLine extends PageElement {
  private pointer: [number, number] | null = null;
  private editing = false;
  private waiting = false;

  /** The place under the pointer; null when it has left the map: then the centre counts. */
  at(place: [number, number] | null): void {
    this.pointer = place;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    const w = words();
    const { plane, view: now, config } = this.session.state;
    const [rawLon, lat] = this.pointer ?? [now.lon, now.lat];
    const lon = wrap(rawLon);
    const flat = toPlane(plane, lon, lat);
    const sheet = sheetAt(lon, lat, sheetScale(now.scale));
    const isGeodetic = plane !== 3857;
    return html`
      <button class="stb" aria-haspopup="menu" title=${w.crsChoice} @click=${(event: Event) => this.systems(event)}><b>${planeSystem(plane)?.name}</b>${icon("chevron-down", 13)}</button>
      <span class="n st-xy">${flat
        ? html`<span title=${isGeodetic ? w.northing : ""}>X ${grouped(isGeodetic ? flat[1] : flat[0], 2)}</span><span title=${isGeodetic ? w.easting : ""}>Y ${grouped(isGeodetic ? flat[0] : flat[1], 2)}</span>`
        : html`<span class="m">${w.outside}</span>`}</span>
      <span class="n st-ll" title="${lon.toFixed(8)}, ${lat.toFixed(8)} EPSG:4490"><span>${sexagesimal(lat, "lat")}</span><span>${sexagesimal(lon, "lon")}</span><span class="m st-dd">${lon.toFixed(6)}, ${lat.toFixed(6)}</span></span>
      ${this.scale()}
      <span class="st-sheet" title=${sheet ? w.sheet(spoken(sheetScale(now.scale))) : nothing}>${sheet ? w.sheetStatus(sheet) : "–"}</span>
      ${this.loading()}
      <span class="sp"></span>
      ${config.approval ? html`<span class="m">${config.approval}</span>` : config.layers.some((layer) => layer.sample) ? html`<span class="m" title=${w.sampleTitle}>${w.sample}</span>` : nothing}`;
  }

  private scale(): TemplateResult {
    const w = words();
    const text = spaced(rounded(this.session.state.view.scale || 1));
    const done = (event: Event): void => {
      const field = event.target as HTMLInputElement;
      const scale = readScale(field.value);
      if (this.editing && field.value !== text) scale ? view().setScale(scale) : toast(w.scaleWrong);
      this.editing = false;
      field.value = text;
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === "Enter") (event.target as HTMLInputElement).blur();
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.editing = false;
      (event.target as HTMLInputElement).value = text;
      (event.target as HTMLInputElement).blur();
    };
    return html`<span class="st-sc"><label for="scale">${w.scale}</label>
      <input id="scale" class="n" title=${w.scaleInput} autocomplete="off" .value=${this.editing ? (this.querySelector<HTMLInputElement>("#scale")?.value ?? text) : text} size=${Math.max(7, text.length - 1)}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()} @input=${() => (this.editing = true)} @change=${done} @blur=${done} @keydown=${key} />
      <button class="stb in-st" aria-haspopup="menu" aria-label=${w.scale} @click=${(event: Event) =>
        openMenuAt(event.currentTarget as Element, SCALES.map((each) => ({ label: spaced(each), checked: Math.abs(this.session.state.view.scale / each - 1) < 0.005, run: () => view().setScale(each) })), w.scale)}>${icon("chevron-down", 13)}</button></span>`;
  }

  private systems(event: Event): void {
    const { config, plane } = this.session.state;
    const gk = config.crs.gk;
    const zoned = gk >= 4534 ? gk - 4534 + 4513 : null;
    const codes = [gk, ...(zoned ? [zoned] : []), 3857];
    const choose = (code: number): void => {
      remember("plane", String(code));
      this.session.set({ plane: code });
    };
    openMenuAt(event.currentTarget as Element, codes.map((code) => ({ label: planeSystem(code)?.name ?? "", note: `EPSG:${code}`, checked: code === plane, run: () => choose(code) })), words().crsChoice);
  }

  private loading(): TemplateResult {
    const w = words();
    const { loaded, status, view: now } = this.session.state;
    const on = loaded.filter((each) => each.on && this.session.layer(each.slug));
    const active = on.filter((each) => isInScale(this.session.layer(each.slug)!, now.zoom));
    const busy = active.filter((each) => status[each.slug] === "loading").length;
    const bad = active.filter((each) => status[each.slug] === "failed").length;
    if (busy || !hasView()) return html`<span class="st-load"><span class="spin">${icon("loader-2", 14)}</span>${w.loading(active.length - busy, active.length)}</span>`;
    if (bad) return html`<span class="st-load no">${icon("alert-triangle", 14)}${w.failedCount(bad)}</span>`;
    if (!on.length) return html`<span class="st-load m">${w.noLayersOn}</span>`;
    return html`<span class="st-load">${icon("check", 14)}${w.ready(active.length)}</span>`;
  }
}

customElements.define("gb-status", StatusLine);
