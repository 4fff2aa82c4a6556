// What a click, a key and Esc do, whichever tool is in hand.
import { session } from "../session";
import { openHelp } from "./help/dialog";
import { forget, inquire } from "./identify/query";
import { tool } from "./registry";

/** Take a tool in hand; the one before lets go first. */
export function take(id: string): void {
  const s = session();
  const next = tool(id);
  if (!next) return;
  if (next.id === "help") return openHelp();
  if (s.state.tool === id) {
    // The layer button also folds its own dock.
    if (id === "layers") s.set({ leftOpen: !s.state.leftOpen });
    else s.set({ tool: "layers", rightOpen: s.state.inquiry !== null });
    return;
  }
  s.set({ tool: id });
}

/** A click on the map: the tool's, else the question what lies here. */
export function clicked(place: [number, number]): void {
  if (tool(session().state.tool)?.click?.(place)) return;
  void inquire(place);
}

/** Esc: cancel vertex → end tool → clear selection → fold the right dock. Never leaves the page. */
export function back(): boolean {
  const s = session();
  if (tool(s.state.tool)?.back?.()) return true;
  if (forget()) return true;
  if (s.state.rightOpen) {
    s.set({ rightOpen: false });
    return true;
  }
  return false;
}

/** Hide both docks, or bring back those that were open. */
let hidden: { leftOpen: boolean; rightOpen: boolean } | null = null;
export function docks(): void {
  const { leftOpen, rightOpen } = session().state;
  if (leftOpen || rightOpen) {
    hidden = { leftOpen, rightOpen };
    session().set({ leftOpen: false, rightOpen: false });
  } else {
    session().set(hidden ?? { leftOpen: true });
  }
}
