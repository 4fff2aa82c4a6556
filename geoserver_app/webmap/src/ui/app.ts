// The page: bar, rail, docks, map, status line; it keeps the map and the session in step.
import { html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { currentBase } from "../arrangement";
import { grouped, planeSystem, sexagesimal, toPlane } from "../map/projections";
import { selection } from "../map/select";
import { stack } from "../map/layers";
import { show, view } from "../map/view";
import { write } from "../permalink";
import { clicked, take } from "../tools/actions";
import "../tools/identify/panel";
import { inquire } from "../tools/identify/query";
import "../tools/layers/tool";
import "../tools/measure/tool";
import "../tools/help/tool";
import { all, tool } from "../tools/registry";
import { words } from "../words";
import "./bar";
import { PageElement } from "./element";
import { icon } from "./icon";
import { openMenu } from "./menu";
import "./onmap";
import type { StatusLine } from "./status";
import "./status";
import { copy, say } from "./toast";
import { rounded, spoken } from "../map/scale";

export class App extends PageElement {
  private inHand = "";
  private linked: [number, number] | null = null;
  private size = "";

  protected override render(): TemplateResult {
    const w = words();
    const { leftOpen, rightOpen, tool: now, inquiry, loaded } = this.session.state;
    const right = tool(now)?.panel?.side === "right" ? tool(now)!.panel!.view() : inquiry ? html`<gb-identify></gb-identify>` : nothing;
    return html`
      <header id="top"><gb-bar></gb-bar></header>
      <main id="app" class="${leftOpen ? "" : "no-left"} ${rightOpen && right !== nothing ? "" : "no-right"}">
        <nav id="rail" aria-label=${w.tools}>${this.rail("top")}<span class="sp"></span>${this.rail("bottom")}</nav>
        <section id="left" class="pan" aria-label=${w.layers} ?hidden=${!leftOpen}>${tool("layers")?.panel?.view()}</section>
        <div id="map-holder" data-ground=${currentBase(loaded, this.session.layers) ?? "none"}>
          <div id="map" tabindex="0" role="application" aria-label=${w.mapLabel} @contextmenu=${(event: MouseEvent) => this.menu(event)}></div>
          <gb-onmap></gb-onmap>
        </div>
        <section id="right" class="pan" aria-label=${w.results} ?hidden=${!rightOpen || right === nothing}>${right}</section>
        <footer id="st"><gb-status></gb-status></footer>
      </main>
      <gb-help></gb-help>`;
  }

  private rail(place: "top" | "bottom"): TemplateResult[] {
    const { tool: now, leftOpen } = this.session.state;
    return all()
      .filter((each) => each.place === place)
      .map((each) => {
        const on = each.id === "layers" ? leftOpen : now === each.id;
        return html`<button class=${on ? "on" : ""} aria-pressed=${each.id === "help" ? nothing : on} title="${each.title()} (${each.key.toUpperCase()})" data-tool=${each.id} @click=${() => take(each.id)}>${icon(each.icon, 19)}${each.title()}</button>`;
      });
  }

  protected override firstUpdated(): void {
    const { map } = show(this.querySelector<HTMLElement>("#map")!);
    selection(map);
    stack(map);
    const status = this.querySelector<StatusLine>("gb-status");
    map.on("pointermove", (event) => status?.at(event.dragging ? null : view().place(event.pixel)));
    map.getViewport()?.addEventListener("pointerleave", () => status?.at(null));
    map.on("click", (event) => clicked(view().place(event.pixel)));
    map.on("moveend", () => say(`${words().zoomedTo(spoken(rounded(view().scale)))}，${words().centredAt(view().centre.map((each) => each.toFixed(4)).join(", "))}`));
    new ResizeObserver(() => map.updateSize()).observe(this.querySelector("#map")!);
    const { inquiry } = this.session.state;
    // A linked question is asked again once the map has its place and size.
    if (inquiry) map.once("rendercomplete", () => void inquire(inquiry.at, inquiry.open));
    this.requestUpdate();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { tool: now, inquiry, leftOpen, rightOpen } = this.session.state;
    if (now !== this.inHand) {
      tool(this.inHand)?.deactivate?.();
      this.inHand = now;
      if (now !== "layers") tool(now)?.activate();
    }
    if (inquiry?.at !== this.linked) {
      this.linked = inquiry?.at ?? null;
      selection().pin(this.linked);
    }
    const size = `${leftOpen}${rightOpen}${Boolean(inquiry)}${now}`;
    if (size !== this.size) {
      this.size = size;
      view().map.updateSize();
    }
    this.link();
  }

  private link(): void {
    const { view: at, loaded, plane, date, inquiry } = this.session.state;
    const hash = write({ view: at.scale ? at : null, layers: loaded, plane, date, inquiry: inquiry?.at ?? null, open: inquiry?.open.startsWith("~") ? "" : (inquiry?.open ?? "") });
    if (at.scale && hash !== location.hash) history.replaceState(null, "", hash);
  }

  private menu(event: MouseEvent): void {
    event.preventDefault();
    const w = words();
    const at = view().place(view().map.getEventPixel(event));
    const { plane } = this.session.state;
    const flat = toPlane(plane, ...at);
    const isGeodetic = plane !== 3857;
    const lonLat = `${at[0].toFixed(8)}, ${at[1].toFixed(8)}`;
    const dms = `${sexagesimal(at[1], "lat", 2)} ${sexagesimal(at[0], "lon", 2)}`;
    const xy = flat ? `X ${grouped(isGeodetic ? flat[1] : flat[0], 2)}  Y ${grouped(isGeodetic ? flat[0] : flat[1], 2)}` : "";
    const plain = flat ? (isGeodetic ? [flat[1], flat[0]] : flat).map((each) => each.toFixed(3)).join(", ") : "";
    openMenu(
      event.clientX,
      event.clientY,
      [
        { label: w.copyPlane, icon: "copy", note: xy, disabled: flat ? undefined : w.outside, run: () => void copy(plain, w.copied(plain), w.copyFailed) },
        { label: w.copyLonLat, icon: "copy", note: lonLat, run: () => void copy(lonLat, w.copied(lonLat), w.copyFailed) },
        { label: w.copyDms, icon: "copy", note: dms, run: () => void copy(dms, w.copied(dms), w.copyFailed) },
        null,
        { label: w.identifyHere, icon: "map-pin", run: () => void inquire(at) },
        { label: w.centreHere, icon: "crosshair", run: () => view().centreAt(at) },
      ],
      w.mapMenu,
      `${w.here} · ${planeSystem(plane)?.name ?? ""}`,
    );
  }
}

customElements.define("gb-app", App);
