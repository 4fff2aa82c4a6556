// One icon of the sprite, drawn beside its words.
import { svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";
import { html } from "lit";
import sprite from "virtual:icons";

export function placeSprite(): void {
  const holder = document.createElement("div");
  holder.hidden = true;
  holder.innerHTML = `<svg xmlns="http://www.w3.org/2000/svg"><defs>${sprite}</defs></svg>`;
  document.body.prepend(holder);
}

export const icon = (name: string, size = 18): TemplateResult =>
  html`<svg class="i" width=${size} height=${size} aria-hidden="true">${use(name)}</svg>`;

const use = (name: string): SVGTemplateResult => svg`<use href="#i-${name}"></use>`;
