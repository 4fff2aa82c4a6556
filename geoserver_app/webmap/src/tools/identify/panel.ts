// The result panel: a flat list, layer by layer; one record open, the others one line each.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Answer, LayerConfig } from "../../api";
import { selection, toMap } from "../../map/select";
import { view } from "../../map/view";
import type { LayerAnswer } from "../../session";
import { PageElement } from "../../ui/element";
import { empty } from "../../ui/empty";
import { icon } from "../../ui/icon";
import { copy } from "../../ui/toast";
import { named, words } from "../../words";
import { swatch } from "../layers/swatch";
import { askable, forget, inquire } from "./query";
import { asText, lines, title, versionLine } from "./record";

interface Entry {
  key: string;
  layer: LayerConfig;
  feature: Answer;
  place: number;
  count: number;
}
const FIRST_LINES = 9;

export class IdentifyPanel extends PageElement {
  private wide = false;
  private drawn: Answer | null = null;

  protected override render(): TemplateResult {
    const w = words();
    const { inquiry } = this.session.state;
    const answers = inquiry?.answers ?? [];
    const entries = answers.flatMap((answer) => this.entries(answer));
    const waiting = answers.filter((each) => each.status === "waiting").length;
    const hit = answers.filter((each) => each.features.length).length;
    const open = entries.find((each) => each.key === inquiry?.open.replace("~", ""));
    this.mark(open?.feature ?? null);
    return html`
      <div class="ph"><h2>${w.results}</h2>
        <span class="m s">${waiting ? w.resultsProgress(answers.length - waiting, answers.length) : entries.length ? w.resultsCount(hit, entries.length) : nothing}</span>
        <span class="sp"></span>
        <button class="ic" title=${w.zoomToResult} aria-label=${w.zoomToResult} ?disabled=${!open?.feature.geometry} @click=${() => open?.feature.geometry && view().fitGeometry(toMap(open.feature.geometry))}>${icon("zoom-in-area", 17)}</button>
        <button class="ic" title=${w.close} aria-label=${w.close} @click=${() => forget()}>${icon("x", 17)}</button>
      </div>
      <div class="scroll results" aria-busy=${waiting > 0}>
        ${open ? this.full(open) : nothing}
        ${entries.filter((entry) => entry !== open).map((entry) => this.line(entry))}
        ${answers.filter((each) => each.status === "failed").map((each) => this.failure(each))}
        ${waiting && !entries.length ? html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}
        ${!waiting && !entries.length && !answers.some((each) => each.status === "failed")
          ? empty("map-pin", w.nothingHere, askable().length ? w.nothingHereNote : w.nothingQueryable)
          : nothing}
      </div>
      <div class="hint">${icon("info-circle", 15)}<span>${w.resultsHint}</span></div>`;
  }

  private entries(answer: LayerAnswer): Entry[] {
    const layer = this.session.layer(answer.slug);
    if (!layer) return [];
    // A composed map answers with its members' records: they are read by the member's fields.
    const memberOf = (feature: Answer): LayerConfig => (feature.layer && this.session.layer(feature.layer)) || layer;
    return answer.features.map((feature, index) => ({ key: `${answer.slug}/${index}`, layer: memberOf(feature), feature, place: index + 1, count: answer.features.length }));
  }

  /** Show on the map what is open in the list: they always agree. */
  private mark(feature: Answer | null): void {
    if (feature === this.drawn) return;
    this.drawn = feature;
    selection().select(feature?.geometry ?? null);
  }

  private choose(key: string): void {
    const { inquiry } = this.session.state;
    if (inquiry) this.session.set({ inquiry: { ...inquiry, open: key } });
    this.wide = false;
    this.querySelector(".results")?.scrollTo(0, 0);
  }

  private full({ key, layer, feature, place, count }: Entry): TemplateResult {
    const w = words();
    const all = lines(layer, feature);
    const shown = this.wide || all.length <= FIRST_LINES + 1 ? all : all.slice(0, FIRST_LINES);
    const toggle = (): void => {
      this.wide = !this.wide;
      this.requestUpdate();
    };
    return html`<article class="hit" aria-label="${named(layer.title)} ${title(layer, feature)}">
      <div class="hh">${swatch(layer)}<span class="el">${named(layer.title)}</span><span class="sp"></span>
        ${layer.sample ? html`<span class="chip" title=${w.sampleTitle}>${w.sample}</span>` : nothing}
        ${count > 1 ? html`<button class="chip ac" title=${w.position(place, count)} @click=${() => this.choose(`${key.split("/")[0]}/${place % count}`)}>${w.position(place, count)}</button>` : nothing}</div>
      <h3>${title(layer, feature)}</h3>
      <dl class="kv">${shown.map((each) => html`<dt title=${each.label}>${each.label}</dt><dd>${each.strong ? html`<b>${each.value}</b>` : each.value}${each.note ? html`<span class="m2 note">${each.note}</span>` : nothing}</dd>`)}</dl>
      ${all.length > FIRST_LINES + 1 ? html`<button class="lk s" aria-expanded=${this.wide} @click=${toggle}>${this.wide ? w.fewerFields : w.moreFields(all.length - FIRST_LINES)}</button>` : nothing}
      <div class="vline s m2">${icon("versions", 15)}<span>${versionLine(layer, feature)}</span>${layer.surveyDate ? html`<span class="sp"></span><span class="m">${w.surveyed(layer.surveyDate)}</span>` : nothing}</div>
      <div class="f g6 acts">
        ${feature.geometry ? html`<button class="btn sm p" @click=${() => feature.geometry && view().fitGeometry(toMap(feature.geometry))}>${icon("zoom-in-area", 15)}${w.zoomToResult}</button>` : nothing}
        <button class="btn sm" @click=${() => copy(asText(layer, feature), w.copied(title(layer, feature)), w.copyFailed)}>${icon("copy", 15)}${w.copyRecord}</button>
      </div>
    </article>`;
  }

  private line({ key, layer, feature }: Entry): TemplateResult {
    const name = title(layer, feature);
    return html`<button class="hr" aria-expanded="false" @click=${() => this.choose(key)}>
      ${icon("chevron-right", 14)}${swatch(layer)}<span class="el hr-n" title=${named(layer.title)}>${named(layer.title)}</span>
      <span class="m2 s el hr-t">${name === named(layer.title) ? "" : name}</span></button>`;
  }

  private failure(answer: LayerAnswer): TemplateResult {
    const w = words();
    const { inquiry } = this.session.state;
    return html`<div class="hr no" role="alert">${icon("alert-triangle", 15)}<span class="el hr-n">${w.resultsFailed(named(this.session.layer(answer.slug)?.title))}</span>
      <button class="lk s" @click=${() => inquiry && inquire(inquiry.at, inquiry.open)}>${w.retry}</button></div>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.mark(null);
  }
}

customElements.define("gb-identify", IdentifyPanel);
