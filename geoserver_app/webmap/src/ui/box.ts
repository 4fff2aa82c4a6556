// A tick box of two or three states, drawn over the browser's own, so that keys and readers work as always.
import { html } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { icon } from "./icon";

export type Ticked = "all" | "some" | "none";

export const box = (ticked: Ticked, label: string, change: (on: boolean) => void): TemplateResult => html`
  <label class="ck" title=${label}>
    <input type="checkbox" aria-label=${label} .checked=${live(ticked === "all")} .indeterminate=${live(ticked === "some")}
      @change=${(event: Event) => change((event.target as HTMLInputElement).checked)} />
    <span class="ck-mark ck-${ticked}">${ticked === "all" ? icon("check", 11) : ticked === "some" ? icon("minus", 11) : ""}</span>
  </label>
`;
