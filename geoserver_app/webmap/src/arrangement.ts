// Which layers are loaded and in what order: pure functions over the list, top of the map first.
import type { LayerConfig, MapConfig } from "./api";
import type { Loaded } from "./session";

export const BASE_GROUP = "base";
/** Base pictures in the order they lie, top first. */
const BASE_ORDER = ["imgnote", "vecnote", "vec"];

/** The group a layer shows under: base maps together, every other under its theme. */
export const groupOf = (layer: LayerConfig): string => (isBaseMap(layer) ? BASE_GROUP : layer.theme || BASE_GROUP);

/** Base maps: imagery and elevation that are bases, and composed maps. */
export const isBaseMap = (layer: LayerConfig): boolean => layer.kind === "map" || (layer.isBase && layer.kind !== "vector");

/** Notes: a composed base map that the registry orders above every overlay; it lies on top, so that nothing hides a name. */
export function isNotes(layer: LayerConfig, config: MapConfig): boolean {
  const place = config.layers.indexOf(layer);
  return layer.kind === "map" && isBaseMap(layer) && config.layers.every((other, at) => at <= place || isBaseMap(other));
}

export const fresh = (layer: LayerConfig, on = true): Loaded => ({
  slug: layer.slug,
  on,
  opacity: layer.opacity,
  blend: layer.blend,
});

/** The first opening: what the city shows, the other layers of those themes switched off, the base maps. */
export function firstOpening(config: MapConfig): Loaded[] {
  const bases = config.layers.filter(isBaseMap);
  const isMember = (layer: LayerConfig): boolean => layer.theme === "base" && !isBaseMap(layer);
  const shown = config.layers.filter((layer) => layer.shown && !isBaseMap(layer) && !isMember(layer));
  const themes = new Set(shown.map((layer) => layer.theme));
  const beside = config.layers.filter((layer) => !layer.shown && !isBaseMap(layer) && themes.has(layer.theme) && !isMember(layer));
  const overlays = [...shown, ...beside].map((layer) => fresh(layer, layer.shown));
  const loaded = inOrder(config, overlays);
  const baseRank = (layer: LayerConfig): number => {
    const named = BASE_ORDER.indexOf(layer.slug);
    return named >= 0 ? named : layer.kind === "imagery" ? 10 : layer.kind === "elevation" ? 20 : 5;
  };
  const sorted = [...bases].sort((a, b) => baseRank(a) - baseRank(b));
  const imagery = sorted.some((layer) => layer.kind === "imagery");
  const isOn = (layer: LayerConfig): boolean =>
    layer.slug === "imgnote" ? imagery : layer.kind === "imagery" || (!imagery && BASE_OF.vector(layer));
  return [...loaded, ...sorted.map((layer) => ({ ...fresh(layer, isOn(layer)), opacity: 1 }))];
}

/** Overlays in the registry's order (bottom up), turned top first and kept together by group. */
function inOrder(config: MapConfig, overlays: Loaded[]): Loaded[] {
  const rank = new Map(config.layers.map((layer, index) => [layer.slug, index]));
  const sorted = [...overlays].sort((a, b) => (rank.get(b.slug) ?? 0) - (rank.get(a.slug) ?? 0));
  return together(sorted, new Map(config.layers.map((layer) => [layer.slug, layer])));
}

/** Keep the layers of one group together, groups in the order of their first layer, base maps last. */
export function together(list: Loaded[], layers: Map<string, LayerConfig>): Loaded[] {
  return groups(list, layers).flatMap(([, members]) => members);
}

export function groups(list: Loaded[], layers: Map<string, LayerConfig>): [string, Loaded[]][] {
  const found = new Map<string, Loaded[]>();
  for (const loaded of list) {
    const layer = layers.get(loaded.slug);
    if (!layer) continue;
    const group = groupOf(layer);
    found.set(group, [...(found.get(group) ?? []), loaded]);
  }
  const base = found.get(BASE_GROUP);
  found.delete(BASE_GROUP);
  return base ? [...found, [BASE_GROUP, base]] : [...found];
}

/** Put `slug` before `target` (after it when `after`), within the same group only. */
export function moved(list: Loaded[], slug: string, target: string, after: boolean): Loaded[] {
  const item = list.find((each) => each.slug === slug);
  if (!item || slug === target) return list;
  const rest = list.filter((each) => each !== item);
  const at = rest.findIndex((each) => each.slug === target) + (after ? 1 : 0);
  return [...rest.slice(0, at), item, ...rest.slice(at)];
}

/** Move a layer one place up (-1) or down (+1) in its group; the list itself when it is at the edge. */
export function stepped(list: Loaded[], slug: string, step: -1 | 1, layers: Map<string, LayerConfig>): Loaded[] {
  const mine = groups(list, layers).find(([, members]) => members.some((each) => each.slug === slug));
  const at = mine?.[1].findIndex((each) => each.slug === slug) ?? -1;
  const other = mine?.[1][at + step];
  return other ? moved(list, slug, other.slug, step > 0) : list;
}

/** Move a whole group one place up or down; base maps stay at the bottom. */
export function steppedGroup(list: Loaded[], group: string, step: -1 | 1, layers: Map<string, LayerConfig>): Loaded[] {
  const all = groups(list, layers);
  const at = all.findIndex(([name]) => name === group);
  const to = at + step;
  const other = all[to];
  if (at < 0 || !other || group === BASE_GROUP || other[0] === BASE_GROUP) return list;
  const order = [...all];
  [order[at], order[to]] = [order[to]!, order[at]!];
  return order.flatMap(([, members]) => members);
}

export function changed(list: Loaded[], slug: string, change: Partial<Loaded>): Loaded[] {
  return list.map((each) => (each.slug === slug ? { ...each, ...change } : each));
}

/** Load a layer on top of its group (of everything, when the group is new). */
export function added(list: Loaded[], layer: LayerConfig, layers: Map<string, LayerConfig>): Loaded[] {
  if (list.some((each) => each.slug === layer.slug)) return changed(list, layer.slug, { on: true });
  return together([fresh(layer), ...list], layers);
}

export type Base = "imagery" | "vector" | "terrain";

/** Which base maps there are to choose from. */
export function bases(config: MapConfig): Base[] {
  const has = (kind: string): boolean => config.layers.some((layer) => isBaseMap(layer) && layer.kind === kind);
  const vector = config.layers.some((layer) => layer.slug === "vec");
  return [has("imagery") ? "imagery" : null, vector ? "vector" : null, has("elevation") ? "terrain" : null].filter(
    (each): each is Base => each !== null,
  );
}

const BASE_OF: Record<Base, (layer: LayerConfig) => boolean> = {
  imagery: (layer) => layer.kind === "imagery" || layer.slug === "imgnote",
  vector: (layer) => layer.slug === "vec" || layer.slug === "vecnote",
  terrain: (layer) => layer.kind === "elevation" || layer.slug === "imgnote",
};

/** Switch the base map: its pictures on, the other bases' off; those not loaded are loaded. */
export function withBase(list: Loaded[], base: Base, config: MapConfig): Loaded[] {
  const layers = new Map(config.layers.map((layer) => [layer.slug, layer]));
  const wanted = config.layers.filter((layer) => isBaseMap(layer) && BASE_OF[base](layer));
  const missing = wanted.filter((layer) => !list.some((each) => each.slug === layer.slug));
  const full = [...list, ...missing.map((layer) => ({ ...fresh(layer), opacity: 1 }))];
  return full.map((each) => {
    const layer = layers.get(each.slug);
    return layer && isBaseMap(layer) ? { ...each, on: wanted.includes(layer) } : each;
  });
}

/** The base map now on top, or null when none is on. */
export function currentBase(list: Loaded[], layers: Map<string, LayerConfig>): Base | null {
  const on = list.filter((each) => each.on).map((each) => layers.get(each.slug));
  if (on.some((layer) => layer && isBaseMap(layer) && layer.kind === "imagery")) return "imagery";
  if (on.some((layer) => layer?.slug === "vec")) return "vector";
  return on.some((layer) => layer && isBaseMap(layer) && layer.kind === "elevation") ? "terrain" : null;
}
