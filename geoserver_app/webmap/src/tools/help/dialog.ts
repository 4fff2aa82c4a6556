// The sheet of keys, made from the tools there are.
import { html } from "lit";
import type { TemplateResult } from "lit";
import { remember } from "../../preferences";
import { PageElement } from "../../ui/element";
import { icon } from "../../ui/icon";
import { words } from "../../words";
import { all } from "../registry";

export class HelpSheet extends PageElement {
  protected override render(): TemplateResult {
    const w = words();
    const k = w.keyNames;
    const rows: [string, string][] = [
      ["/", k.search],
      ...all().filter((tool) => tool.key && tool.id !== "help").map((tool): [string, string] => [tool.key.toUpperCase(), tool.title()]),
      ["I", k.identify],
      ["← ↑ ↓ →", k.pan],
      ["+  −", k.zoom],
      ["0", k.home],
      ["[  ]", k.opacity],
      ["Alt+↑  Alt+↓", k.order],
      ["\\", k.docks],
      ["Ctrl+Z  Ctrl+Y", k.undo],
      ["Esc", k.escape],
      ["?", k.help],
    ];
    return html`<dialog id="help" aria-labelledby="help-title" @click=${(event: Event) => event.target === event.currentTarget && this.close()}>
      <div class="dlg">
        <div class="ph"><h2 id="help-title">${w.keys}</h2><span class="sp"></span><button class="ic" aria-label=${w.close} @click=${() => this.close()}>${icon("x", 17)}</button></div>
        <div class="dlg-b">
          <dl class="keys">${rows.map(([keys, label]) => html`<dt>${keys.split("  ").map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${label}</dd>`)}</dl>
          <label class="f g8 s"><input type="checkbox" .checked=${this.session.state.letters} @change=${(event: Event) => this.letters((event.target as HTMLInputElement).checked)} />${w.letterKeys}</label>
          <h3>${w.about}</h3><p class="s m2">${w.aboutText}</p>
        </div>
      </div></dialog>`;
  }

  private letters(on: boolean): void {
    remember("letters", on ? "on" : "off");
    this.session.set({ letters: on });
  }

  open(): void {
    this.querySelector("dialog")?.showModal();
  }

  close(): void {
    this.querySelector("dialog")?.close();
  }
}

customElements.define("gb-help", HelpSheet);
export const openHelp = (): void => document.querySelector<HelpSheet>("gb-help")?.open();
