// The whole state of the map in the address: #at=lon,lat,zoom&l=…&crs=…&date=…&q=…&sel=…
import type { Blend } from "./api";
import type { Loaded } from "./session";

export interface Linked {
  view: { lon: number; lat: number; zoom: number } | null;
  layers: Loaded[] | null;
  plane: number | null;
  date: string;
  inquiry: [number, number] | null;
  open: string;
}
const BLENDS: Record<Blend, string> = { normal: "", multiply: "m", screen: "s" };
const LETTERS: Record<string, Blend> = { "": "normal", m: "multiply", s: "screen" };
const LAYER = /^(-?)([A-Za-z0-9_][\w.-]*)\*(\d{1,3})([ms]?)$/;

/** One layer: "-" when off, the slug, "*" opacity in per cent, the blend's letter: -dltb*70m. */
const layerText = (each: Loaded): string =>
  `${each.on ? "" : "-"}${each.slug}*${Math.round(each.opacity * 100)}${BLENDS[each.blend]}`;

export function write(state: Linked): string {
  const parts: string[] = [];
  if (state.view) parts.push(`at=${state.view.lon.toFixed(6)},${state.view.lat.toFixed(6)},${state.view.zoom.toFixed(3)}`);
  if (state.layers) parts.push(`l=${state.layers.map(layerText).join(",")}`);
  if (state.plane) parts.push(`crs=${state.plane}`);
  if (state.date) parts.push(`date=${state.date}`);
  if (state.inquiry) parts.push(`q=${state.inquiry.map((each) => each.toFixed(7)).join(",")}`);
  if (state.inquiry && state.open) parts.push(`sel=${encodeURIComponent(state.open)}`);
  return `#${parts.join("&")}`;
}

/** Read an address; whatever is not understood is left out, never an error. */
export function read(hash: string): Linked {
  const parts = new URLSearchParams(hash.replace(/^#/, "").replace(/\+/g, "%2B"));
  const at = numbers(parts.get("at"), 3);
  const inquiry = numbers(parts.get("q"), 2);
  const date = parts.get("date") ?? "";
  return {
    view: at && Math.abs(at[0]!) <= 180 && Math.abs(at[1]!) <= 85.06 ? { lon: at[0]!, lat: at[1]!, zoom: at[2]! } : null,
    layers: parts.has("l") ? (parts.get("l") ?? "").split(",").flatMap(readLayer) : null,
    plane: Number(parts.get("crs")) || null,
    date: /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : "",
    inquiry: inquiry && Math.abs(inquiry[1]!) <= 90 ? [inquiry[0]!, inquiry[1]!] : null,
    open: parts.get("sel") ?? "",
  };
}

function readLayer(text: string): Loaded[] {
  const match = LAYER.exec(text);
  if (!match) return [];
  const [, off, slug = "", percent = "100", letter = ""] = match;
  return [{ slug, on: !off, opacity: Math.min(1, Number(percent) / 100), blend: LETTERS[letter] ?? "normal" }];
}

function numbers(text: string | null, count: number): number[] | null {
  const found = (text ?? "").split(",").map(Number);
  return text && found.length === count && found.every(Number.isFinite) ? found : null;
}
