// The top bar: the city's name, the pages there are, search, zone, language, theme, who is signed in.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { remember } from "../preferences";
import "../tools/search/box";
import { languageNow, named, speak, words } from "../words";
import { PageElement } from "./element";
import { icon } from "./icon";
import { openMenuAt } from "./menu";

const LOGO = html`<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true"><rect width="26" height="26" rx="6" fill="#1d5a70"></rect><path d="M4 17.5l9 4.4 9-4.4" fill="none" stroke="#8fd3e4" stroke-width="1.6" stroke-linejoin="round" opacity=".75"></path><path d="M4 13.2l9 4.4 9-4.4" fill="none" stroke="#8fd3e4" stroke-width="1.6" stroke-linejoin="round"></path><path d="M13 3.6l9 4.5-9 4.5-9-4.5z" fill="#fff"></path><path d="M14.6 4.4c-2.6 1.6 2.3 2.4-.7 4.1-1.4.8-.2 1.6 1 3" fill="none" stroke="#1d8aa6" stroke-width="1.5"></path></svg>`;

export class Bar extends PageElement {
  protected override render(): TemplateResult {
    const w = words();
    const { config, theme } = this.session.state;
    const product = w.product(named(config.city));
    document.title = `${w.map} · ${product}`;
    return html`
      <a class="skip" href="#map" @click=${(event: Event) => { event.preventDefault(); document.getElementById("map")?.focus(); }}>${w.skipToMap}</a>
      <div class="logo">${LOGO}<b>${product}</b></div>
      <nav aria-label=${w.mainNav}>
        <a class="on" aria-current="page" href="/">${w.map}</a>
        ${config.links.directory ? html`<a href=${config.links.directory}>${w.directory}</a>` : nothing}
        <a href=${config.links.services}>${w.services}</a>
        ${config.links.admin ? html`<a href=${config.links.admin}>${w.admin}</a>` : nothing}
      </nav>
      <gb-search></gb-search>
      <span class="zone" title=${w.zoneTitle}>${w.zones[config.zone] ?? ""}</span>
      <button class="t" title=${w.languageTitle} lang=${languageNow() === "zh" ? "en" : "zh-CN"} @click=${() => this.switchLanguage()}>${w.language}</button>
      <button class="t" title=${theme === "dark" ? w.toLight : w.toDark} aria-label=${theme === "dark" ? w.toLight : w.toDark} @click=${() => this.switchTheme()}>${icon(theme === "dark" ? "sun" : "moon", 17)}</button>
      ${this.user()}`;
  }

  private user(): TemplateResult {
    const w = words();
    const { user, links } = this.session.state.config;
    if (!user) return html`<a class="t" href="${links.login}?next=${encodeURIComponent("/")}" @click=${(event: Event) => this.toSignIn(event)}>${icon("user-circle", 19)}<span>${w.signIn}</span></a>`;
    const shown = named(user.department) || user.name;
    return html`<button class="t" aria-haspopup="menu" title=${w.signedInAs(user.name)} @click=${(event: Event) =>
      openMenuAt(event.currentTarget as Element, [{ label: w.signOut, icon: "logout", run: () => this.signOut() }], shown)}>${icon("user-circle", 19)}<span class="el">${shown}</span></button>`;
  }

  /** Come back to the same view after signing in. */
  private toSignIn(event: Event): void {
    event.preventDefault();
    location.href = `${this.session.state.config.links.login}?next=${encodeURIComponent(`/${location.hash}`)}`;
  }

  private signOut(): void {
    const { csrf, links } = this.session.state.config;
    const form = document.createElement("form");
    form.method = "post";
    form.action = links.logout;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "csrfmiddlewaretoken";
    field.value = csrf;
    form.append(field);
    document.body.append(form);
    form.submit();
  }

  private switchLanguage(): void {
    const next = languageNow() === "zh" ? "en" : "zh";
    remember("language", next);
    void speak(next).then(() => this.session.set({}));
  }

  private switchTheme(): void {
    const theme = this.session.state.theme === "dark" ? "light" : "dark";
    remember("theme", theme);
    document.documentElement.dataset.theme = theme;
    this.session.set({ theme });
  }
}

customElements.define("gb-bar", Bar);
