// A menu at a place on the screen: arrows choose, Enter does, Esc goes back where the focus was.
import { icon } from "./icon";
import { html, nothing, render } from "lit";

export interface Item {
  label: string;
  icon?: string;
  note?: string;
  checked?: boolean;
  disabled?: string;
  run: () => void;
}

export function openMenu(x: number, y: number, items: (Item | null)[], label: string, head = ""): void {
  document.querySelector("#menu")?.remove();
  const before = document.activeElement as HTMLElement | null;
  const holder = document.createElement("div");
  holder.id = "menu";
  holder.className = "menu";
  holder.popover = "auto";
  document.body.append(holder);
  const choose = (item: Item): void => {
    holder.hidePopover();
    item.run();
  };
  render(
    html`${head ? html`<div class="menu-head">${head}</div>` : nothing}
      <div role="menu" aria-label=${label}>
        ${items.map((item) =>
          item
            ? html`<button role=${item.checked === undefined ? "menuitem" : "menuitemradio"} aria-checked=${item.checked ?? nothing} ?disabled=${Boolean(item.disabled)} title=${item.disabled ?? nothing} @click=${() => choose(item)}>
                ${item.icon ? icon(item.icon, 15) : item.checked === undefined ? nothing : html`<span class="menu-tick">${item.checked ? icon("check", 14) : nothing}</span>`}
                <span class="menu-label">${item.label}</span>${item.note ? html`<span class="menu-note">${item.note}</span>` : nothing}
              </button>`
            : html`<hr role="separator" />`,
        )}
      </div>`,
    holder,
  );
  holder.showPopover();
  const box = holder.getBoundingClientRect();
  holder.style.left = `${Math.max(4, Math.min(x, innerWidth - box.width - 4))}px`;
  holder.style.top = `${Math.max(4, y + box.height > innerHeight - 4 ? Math.max(4, y - box.height) : y)}px`;
  const buttons = [...holder.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
  (buttons.find((each) => each.getAttribute("aria-checked") === "true") ?? buttons[0])?.focus();
  holder.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      holder.hidePopover();
    }
    if (!step) return;
    event.preventDefault();
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  });
  holder.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState !== "closed") return;
    const inside = holder.contains(document.activeElement) || document.activeElement === document.body;
    holder.remove();
    if (inside) before?.focus();
  });
}

export const openMenuAt = (element: Element, items: (Item | null)[], label: string): void => {
  const box = element.getBoundingClientRect();
  openMenu(box.left, box.bottom + 2, items, label);
};
