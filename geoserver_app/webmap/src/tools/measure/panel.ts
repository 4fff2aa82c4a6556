// The measuring panel: totals on the ellipsoid and in the plane, every leg with its bearing, the points to copy.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { planeSystem, toPlane } from "../../map/projections";
import { session } from "../../session";
import { PageElement } from "../../ui/element";
import { empty } from "../../ui/empty";
import { icon } from "../../ui/icon";
import { copy } from "../../ui/toast";
import { words } from "../../words";
import { degrees, figures, hectares, metres, mu, squareMetres } from "./figures";
import type { Figures, Mode } from "./figures";
import { leave, sketch } from "./state";

/** The plane system figures are given in: the page's, and the city's own where the page shows Mercator. */
const code = (): number => (session().state.plane === 3857 ? session().state.config.crs.gk : session().state.plane);

export class MeasurePanel extends PageElement {
  protected override render(): TemplateResult {
    const w = words();
    const { mode, places } = sketch();
    const tab = (id: Mode, label: string, sign: string): TemplateResult => html`<button class=${mode === id ? "on" : ""} aria-pressed=${mode === id} @click=${() => this.choose(id)}>${icon(sign, 15)}${label}</button>`;
    return html`
      <div class="ph"><h2>${w.measure}</h2><span class="sp"></span>
        <button class="ic" title=${w.close} aria-label=${w.close} @click=${() => leave()}>${icon("x", 17)}</button></div>
      <div class="f g8 filter"><div class="seg">${tab("distance", w.measureDistance, "line")}${tab("area", w.measureArea, "polygon")}</div></div>
      <div class="scroll">${places.length === 0 ? empty("ruler-measure", w.measureEmpty, w.measureHint) : this.results(figures(places, mode, code()))}</div>
      <div class="hint">${icon("info-circle", 15)}<span>${w.measureHint}</span></div>`;
  }

  private choose(mode: Mode): void {
    sketch().mode = mode;
    sketch().draw();
  }

  private results(found: Figures): TemplateResult {
    const w = words();
    const { mode, places, isDone } = sketch();
    const plane = planeSystem(code())?.name ?? "";
    const line = (label: string, value: string, note = "", strong = false): TemplateResult =>
      html`<dt>${label}</dt><dd>${strong ? html`<b>${value}</b>` : value}${note ? html`<span class="m2 note">${note}</span>` : nothing}</dd>`;
    const big = mode === "area" ? squareMetres(found.area) : metres(found.length);
    return html`<div class="hit">
        <div class="fig">${big}</div>
        <dl class="kv">
          ${mode === "area"
            ? html`${line(w.areaEllipsoid, squareMetres(found.area), "", true)}${line("", mu(found.area), hectares(found.area))}
                ${line(w.areaPlane, found.planeArea === null ? w.outside : squareMetres(found.planeArea), found.planeArea === null ? "" : mu(found.planeArea))}${line(w.perimeter, metres(found.length))}`
            : html`${line(w.ellipsoid, metres(found.length), "", true)}${line(w.plane, found.planeLength === null ? w.outside : metres(found.planeLength), plane)}`}
        </dl>
        <div class="f g6 acts">
          <button class="btn sm p" ?disabled=${isDone || places.length < 2} @click=${() => sketch().finish()}>${icon("check", 15)}${w.finish}</button>
          <button class="btn sm" @click=${() => sketch().clear()}>${icon("refresh", 15)}${w.start}</button>
          <button class="btn sm" @click=${() => copy(this.list(), w.copied(w.vertices), w.copyFailed)}>${icon("copy", 15)}${w.vertices}</button>
        </div>
      </div>
      ${found.segments.length
        ? html`<table class="legs"><thead><tr><th scope="col">${w.segment}</th><th scope="col" class="r">${w.length}</th><th scope="col" class="r">${w.bearing}</th></tr></thead>
            <tbody>${found.segments.map((each, index) => html`<tr><td>${index + 1}</td><td class="r">${metres(each.metres)}</td><td class="r">${degrees(each.bearing)}</td></tr>`)}</tbody></table>`
        : nothing}`;
  }

  /** One point a line: number, lon, lat, X north, Y east. */
  private list(): string {
    return sketch()
      .places.map(([lon, lat], index) => {
        const flat = toPlane(code(), lon, lat);
        return [index + 1, lon.toFixed(8), lat.toFixed(8), flat ? flat[1].toFixed(3) : "", flat ? flat[0].toFixed(3) : ""].join("\t");
      })
      .join("\n");
  }
}

customElements.define("gb-measure", MeasurePanel);
