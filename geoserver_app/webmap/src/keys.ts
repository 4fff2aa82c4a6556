// The keyboard: single letters only while no field has the focus, and only if they are not switched off (WCAG 2.1.4).
import { view } from "./map/view";
import { session } from "./session";
import { back, docks, take } from "./tools/actions";
import { openHelp } from "./tools/help/dialog";
import { inquire } from "./tools/identify/query";
import { setOpacity } from "./tools/layers/row";
import { sketch } from "./tools/measure/state";
import { all } from "./tools/registry";
import { toast } from "./ui/toast";
import { words } from "./words";

const PAN_PX = 120;
const OPACITY_STEP = 0.1;

function opacity(by: number): void {
  const { selected, loaded } = session().state;
  const layer = loaded.find((each) => each.slug === selected);
  if (layer) setOpacity(layer.slug, layer.opacity + by, false);
}

const KEYS: Record<string, () => void> = {
  "/": () => document.querySelector<HTMLElement>("#search")?.focus(),
  i: () => void inquire(view().centre),
  "+": () => view().zoomBy(1),
  "=": () => view().zoomBy(1),
  "-": () => view().zoomBy(-1),
  _: () => view().zoomBy(-1),
  "0": () => view().fit(session().state.config.home),
  "[": () => opacity(-OPACITY_STEP),
  "]": () => opacity(OPACITY_STEP),
  "\\": docks,
  "?": openHelp,
};
const PANS: Record<string, [number, number]> = {
  ArrowLeft: [-PAN_PX, 0],
  ArrowRight: [PAN_PX, 0],
  ArrowUp: [0, PAN_PX],
  ArrowDown: [0, -PAN_PX],
};

const isField = (element: Element | null): boolean =>
  element instanceof HTMLElement && (element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select") || element.isContentEditable);

function history(event: KeyboardEvent): boolean {
  if (!(event.ctrlKey || event.metaKey) || !/^[zy]$/i.test(event.key)) return false;
  const isRedo = event.key.toLowerCase() === "y" || event.shiftKey;
  const done = isRedo ? session().redo() : session().undo();
  toast(done ? words().undone : words().nothingToUndo);
  return true;
}

function measuring(event: KeyboardEvent): boolean {
  if (session().state.tool !== "measure") return false;
  if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) sketch().finish();
  else if (event.key === "Backspace") sketch().back();
  else return false;
  return true;
}

function single(event: KeyboardEvent): boolean {
  const onMap = event.target === document.body || (event.target as Element).closest?.("#map") !== null;
  const pan = PANS[event.key];
  if (pan && onMap) {
    view().pan(...pan);
    return true;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (/^[a-z]$/.test(key) && !session().state.letters) return false;
  const run = KEYS[key] ?? KEYS[event.key];
  const found = all().find((each) => each.key === key && each.id !== "help");
  if (run) run();
  else if (found) take(found.id);
  else return false;
  return true;
}

export function listen(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (back()) event.preventDefault();
      return;
    }
    if (isField(document.activeElement)) return;
    const taken = history(event) || (!event.altKey && !event.ctrlKey && !event.metaKey && (measuring(event) || single(event)));
    if (taken) event.preventDefault();
  });
}
