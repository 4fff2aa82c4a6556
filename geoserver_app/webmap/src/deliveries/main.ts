// The deliveries' page: list and upload on the left, one delivery on the right; it asks again while something moves.
import "ol/ol.css";
import "../theme.css";
import "./deliveries.css";
import { html, LitElement, nothing } from "lit";
import type { TemplateResult } from "lit";
import { readConfig } from "../api";
import type { MapConfig } from "../api";
import { remember, remembered } from "../preferences";
import { icon, placeSprite } from "../ui/icon";
import { languageNow, named, speak, words } from "../words";
import * as api from "./api";
import type { Brief, Finding } from "./api";
import { ChangeMap } from "./changes";
import { compared, detected, footer, found, head } from "./detail";
import type { Shown } from "./detail";
import { dropped, picked, Sending } from "./upload";
import type { Chosen } from "./upload";
import { bytes, say } from "./words";

const MOVING = new Set(["received", "running", "waiting"]);
const STATES = ["", "staged", "approval", "running", "published", "refused", "failed", "withdrawn"];
const ASK_MS = 1000;
const WATCH_MS = 120_000; // after something was asked for: a worker takes it up when it can

class Deliveries extends LitElement {
  private config!: MapConfig;
  private rows: Brief[] | null = null;
  private shown: Shown | null = null;
  private sending: Sending[] = [];
  private filter = { status: "", text: "" };
  private isOffline = false;
  private isOver = false;
  private map: ChangeMap | null = null;
  private drawn = "";
  private watched = 0;

  override createRenderRoot(): this {
    return this;
  }

  async begin(config: MapConfig): Promise<void> {
    this.config = config;
    addEventListener("hashchange", () => void this.open(location.hash.slice(1)));
    await this.refresh();
    await this.open(location.hash.slice(1) || this.rows?.[0]?.sha256 || "");
    setInterval(() => void this.tick(), ASK_MS);
  }

  private async tick(): Promise<void> {
    if (document.hidden) return;
    const isWatched = Date.now() < this.watched;
    if (this.isOffline || isWatched || this.rows?.some((each) => MOVING.has(each.status))) await this.refresh();
    if (this.shown && (this.isOffline || isWatched || MOVING.has(this.shown.delivery.status))) await this.load(this.shown.delivery.sha256);
  }

  private async refresh(): Promise<void> {
    try {
      this.rows = (await api.list(this.filter.status, this.filter.text)).deliveries;
      this.isOffline = false;
    } catch {
      this.isOffline = true;
    }
    this.requestUpdate();
  }

  private async open(sha: string): Promise<void> {
    if (!sha) return;
    if (location.hash.slice(1) !== sha) history.replaceState(null, "", `#${sha}`);
    this.shown = null;
    this.map?.clear();
    this.drawn = "";
    await this.load(sha);
  }

  private async load(sha: string): Promise<void> {
    try {
      const [delivery, found_] = await Promise.all([api.read(sha), api.findings(sha)]);
      const kept = this.shown?.delivery.sha256 === delivery.sha256 ? this.shown : { mapping: {}, busy: "", fault: "", title: (slug: string) => this.titleOf(slug) };
      this.shown = { ...kept, delivery, findings: found_.findings, total: found_.total };
    } catch (error) {
      this.isOffline = !(error instanceof api.Refused);
    }
    this.requestUpdate();
    await this.updateComplete;
    await this.draw();
  }

  /** Draw what changes once it is known; again after another comparison. */
  private async draw(): Promise<void> {
    const delivery = this.shown?.delivery;
    const target = this.querySelector<HTMLElement>("#dv-map");
    if (!delivery || !target) return;
    if (!this.map) this.map = new ChangeMap(target, this.config.layers.find((layer) => layer.kind === "imagery")?.slug ?? "");
    const mark = `${delivery.sha256} ${delivery.status} ${JSON.stringify(delivery.preview)}`;
    if (mark === this.drawn || !["staged", "approval"].includes(delivery.status)) return;
    this.drawn = mark;
    this.map.clear();
    for (const [layer, each] of Object.entries(delivery.preview)) {
      if (each.blocked || !each.added && !each.changed && !each.removed) continue;
      const page = await api.changes(delivery.sha256, layer).catch(() => null);
      if (page && this.drawn === mark) this.map.add(page);
    }
    this.map.show();
  }

  private titleOf(slug: string): string {
    return named(this.config.layers.find((layer) => layer.slug === slug)?.title) || slug;
  }

  private async do(verb: string, work: () => Promise<unknown>): Promise<void> {
    if (!this.shown) return;
    this.shown = { ...this.shown, busy: verb, fault: "" };
    this.requestUpdate();
    let fault = "";
    try {
      await work();
    } catch (error) {
      fault = error instanceof Error ? error.message : say.failed();
    }
    if (this.shown) this.shown = { ...this.shown, busy: "", fault };
    this.watched = Date.now() + WATCH_MS;
    await Promise.all([this.refresh(), this.shown ? this.load(this.shown.delivery.sha256) : undefined]);
  }

  private async send(chosen: Chosen[]): Promise<void> {
    if (!chosen.length) return;
    const sending = new Sending(chosen, () => this.requestUpdate());
    this.sending = [sending, ...this.sending];
    this.requestUpdate();
    await this.carry(sending);
  }

  private async carry(sending: Sending): Promise<void> {
    await sending.run();
    if (sending.state !== "done") return this.requestUpdate();
    this.sending = this.sending.filter((each) => each !== sending);
    await this.refresh();
    return this.open(sending.delivery);
  }

  protected override render(): TemplateResult {
    if (!this.config) return html``;
    return html`${this.bar()}<div class="dv ${this.isOver ? "over" : ""}" @dragover=${(event: DragEvent) => this.over(event, true)} @dragleave=${(event: DragEvent) => this.over(event, false)} @drop=${(event: DragEvent) => void this.drop(event)}>
      ${this.aside()}<main>${this.shown ? this.detail(this.shown) : html`<p class="dv-empty">${this.rows?.length ? say.choose() : say.none()}</p>`}
        <datalist id="dv-slugs">${this.config.layers.map((layer) => html`<option value=${layer.slug}>${named(layer.title)}</option>`)}</datalist></main></div>`;
  }

  private bar(): TemplateResult {
    const w = words();
    document.title = `${say.title()} · ${w.product(named(this.config.city))}`;
    const next = languageNow() === "zh" ? "en" : "zh";
    return html`<header id="top"><div class="logo"><b>${w.product(named(this.config.city))}</b></div><nav aria-label=${w.mainNav}><a href="/">${w.map}</a>${this.config.links.directory ? html`<a href=${this.config.links.directory}>${w.directory}</a>` : nothing}<a class="on" aria-current="page" href="/deliveries/">${say.title()}</a>${this.config.links.admin ? html`<a href=${this.config.links.admin}>${w.admin}</a>` : nothing}</nav><span class="sp"></span>
      <span class="zone">${w.zones[this.config.zone] ?? ""}</span><button class="t" lang=${next === "en" ? "en" : "zh-CN"} @click=${() => { remember("language", next); void speak(next).then(() => this.requestUpdate()); }}>${w.language}</button><span class="t">${this.config.user?.name ?? ""}</span></header>`;
  }

  private aside(): TemplateResult {
    return html`<aside><div class="dv-top"><h2>${say.title()}</h2><span class="sp"></span>
      <label class="btn" title=${say.uploadFolder()}>${icon("stack", 16)}${say.uploadFolder()}<input type="file" webkitdirectory class="sr" @change=${(event: Event) => void this.pick(event)} /></label>
      <label class="btn p" title=${say.uploadFiles()}>${icon("arrow-up", 16)}${say.upload()}<input type="file" multiple class="sr" @change=${(event: Event) => void this.pick(event)} /></label></div>
      <div class="dv-find"><input type="search" class="dv-in" placeholder=${say.search()} aria-label=${say.search()} @input=${(event: Event) => this.narrow({ text: (event.target as HTMLInputElement).value })} />
        <select class="dv-in" aria-label=${say.all()} @change=${(event: Event) => this.narrow({ status: (event.target as HTMLSelectElement).value })}>${STATES.map((each) => html`<option value=${each}>${each ? say.states[each]!() : say.all()}</option>`)}</select></div>
      ${this.isOffline ? html`<p class="dv-problem" role="alert">${say.offline()}</p>` : nothing}
      <ul class="dv-list">${this.sending.map((each) => this.upload(each))}${this.rows === null ? html`<li class="dv-note">${say.loading()}</li>` : this.rows.map((each) => this.row(each))}
        ${this.rows?.length === 0 ? html`<li class="dv-note">${this.filter.status || this.filter.text ? say.noneFound() : say.none()}</li>` : nothing}</ul>
      <div class="dv-drop">${icon("stack-2", 22)}<span>${say.drop()}<small>${say.dropNote()}</small></span></div></aside>`;
  }

  private row(each: Brief): TemplateResult {
    const on = each.sha256 === this.shown?.delivery.sha256;
    const share = each.progress && each.progress.total ? Math.min(1, each.progress.done / each.progress.total) : null;
    return html`<li class=${on ? "on" : ""}><a href="#${each.sha256}" aria-current=${on ? "true" : nothing}><b class="el">${each.title || each.name}</b><span class="chip st-${each.status}">${each.step && share !== null ? `${say.steps[each.step]?.() ?? ""} ${Math.round(share * 100)}%` : say.states[each.status]?.() ?? each.status}</span>
      <small class="el">${each.contractor || each.actor}</small><small>${each.received.slice(5, 16).replace("T", " ")}</small>${share !== null ? html`<progress max="1" value=${share}></progress>` : nothing}</a></li>`;
  }

  private upload(each: Sending): TemplateResult {
    const share = each.bytes ? each.received / each.bytes : 0;
    return html`<li class="up"><b class="el">${each.name}</b><span class="chip">${each.state === "hashing" ? say.hashing() : `${Math.floor(share * 100)}%`}</span>
      <small class="el ${each.problem ? "no" : ""}">${each.problem || `${say.uploading()} ${bytes(each.received)} / ${bytes(each.bytes)} ${each.secondsLeft ? say.left(each.secondsLeft) : ""}`}</small>
      <small>${each.state === "failed" ? html`<button class="lk" @click=${() => void this.carry(each)}>${say.resume()}</button>` : nothing}<button class="lk" @click=${() => void this.forget(each)}>${say.forget()}</button></small><progress max="1" value=${share}></progress></li>`;
  }

  private detail(shown: Shown): TemplateResult {
    const sha = shown.delivery.sha256;
    const verbs = {
      zoom: (finding: Finding) => this.map?.show(finding.bounds ?? undefined),
      act: (action: string) => void this.do(action, () => api.act(sha, action)),
      remap: (key: string, target: string) => { this.shown = { ...shown, mapping: { ...shown.mapping, [key]: target } }; this.requestUpdate(); },
      confirm: () => void this.do("confirm", () => api.confirm(sha, shown.mapping, "")),
    };
    return html`${head(shown)}<div class="dv-grid"><div>${found(shown, verbs)}${compared(shown)}</div><div><section class="card dv-changes"><div class="ch"><h2>${say.changes()}</h2><span class="sp"></span><i class="add"></i>${say.added()}<i class="chg"></i>${say.changed()}<i class="del"></i>${say.removed()}</div><div id="dv-map"></div></section>${detected(shown, verbs)}</div></div>${footer(shown, verbs)}`;
  }

  private narrow(change: Partial<typeof this.filter>): void {
    this.filter = { ...this.filter, ...change };
    void this.refresh();
  }

  private async forget(each: Sending): Promise<void> {
    this.sending = this.sending.filter((other) => other !== each);
    this.requestUpdate();
    await each.stop();
  }

  private async pick(event: Event): Promise<void> {
    const field = event.target as HTMLInputElement;
    const chosen = field.files ? picked(field.files) : [];
    field.value = "";
    await this.send(chosen);
  }

  private over(event: DragEvent, isOver: boolean): void {
    event.preventDefault();
    this.isOver = isOver;
    this.requestUpdate();
  }

  private async drop(event: DragEvent): Promise<void> {
    this.over(event, false);
    if (event.dataTransfer) await this.send(await dropped(event.dataTransfer.items));
  }
}
customElements.define("gb-deliveries", Deliveries);

async function start(): Promise<void> {
  document.documentElement.dataset.theme = remembered("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const [config] = await Promise.all([readConfig(), speak(remembered("language") === "en" ? "en" : "zh")]);
  placeSprite();
  await (document.querySelector("gb-deliveries") as Deliveries).begin(config);
}
void start();
