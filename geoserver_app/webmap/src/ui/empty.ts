// What a panel says when there is nothing: what it is, why, and one thing to do.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { icon } from "./icon";

export interface Action {
  label: string;
  run: () => void;
}

export const empty = (sign: string, text: string, note = "", action: Action | null = null): TemplateResult => html`
  <div class="empty">
    ${icon(sign, 24)}
    <p>${text}</p>
    ${note ? html`<p class="m s">${note}</p>` : nothing}
    ${action ? html`<button class="btn sm" @click=${action.run}>${action.label}</button>` : nothing}
  </div>
`;
