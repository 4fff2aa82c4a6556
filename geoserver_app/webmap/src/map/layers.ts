// The session's layers as pictures on the map: one tile layer each, kept in step with order, opacity, blend and date.
import type OlMap from "ol/Map";
import TileLayer from "ol/layer/Tile";
import { transformExtent } from "ol/proj";
import XYZ from "ol/source/XYZ";
import { createXYZ } from "ol/tilegrid";
import type { LayerConfig } from "../api";
import { isNotes } from "../arrangement";
import { session } from "../session";
import type { Loaded, Loading } from "../session";

const MAX_TILE_ZOOM = 20;
/** Scale denominator of WebMercatorQuad's zoom 0 (OGC 17-083r4 annex D), 0.28 mm pixel at the equator. */
const ZOOM_0 = 559082264.0287178;
const MARGIN_DEG = 0.05;
/** Names lie over areas and lines, signs of points over names. */
const NOTES_ABOVE = 500;
const POINTS_ABOVE = 1000;

interface Drawn {
  layer: TileLayer<XYZ>;
  key: string;
  waiting: number;
  failed: number;
}

export class LayerStack {
  private drawn = new Map<string, Drawn>();

  constructor(private readonly map: OlMap) {
    session().listen(() => this.sync());
    this.sync();
  }

  retry(slug: string): void {
    const found = this.drawn.get(slug);
    if (!found) return;
    found.failed = 0;
    this.tell(slug, "loading");
    found.layer.getSource()?.refresh();
  }

  private sync(): void {
    const { loaded, date, config } = session().state;
    const known = new Set<string>();
    loaded.forEach((each, index) => {
      const layer = session().layer(each.slug);
      if (!layer?.tiles) return;
      known.add(each.slug);
      this.place(layer, each, date).setZIndex(loaded.length - index + (isNotes(layer, config) ? NOTES_ABOVE : layer.geometry === "Point" ? POINTS_ABOVE : 0));
    });
    for (const [slug, each] of this.drawn) {
      if (known.has(slug)) continue;
      this.map.removeLayer(each.layer);
      this.drawn.delete(slug);
    }
  }

  private place(layer: LayerConfig, each: Loaded, date: string): TileLayer<XYZ> {
    const url = tileUrl(layer, date);
    const key = `${each.blend} ${url}`;
    let found = this.drawn.get(each.slug);
    if (found && found.key !== key) {
      this.map.removeLayer(found.layer);
      found = undefined;
    }
    if (!found) {
      found = { layer: make(layer, each, url), key, waiting: 0, failed: 0 };
      this.drawn.set(each.slug, found);
      this.watch(each.slug, found);
      this.map.addLayer(found.layer);
    }
    if (found.layer.getVisible() !== each.on) {
      found.layer.setVisible(each.on);
      if (!each.on) this.tell(each.slug, "idle");
    }
    found.layer.setOpacity(each.opacity);
    return found.layer;
  }

  private watch(slug: string, drawn: Drawn): void {
    const source = drawn.layer.getSource();
    const settle = (failed: boolean): void => {
      drawn.waiting = Math.max(0, drawn.waiting - 1);
      if (failed) drawn.failed += 1;
      if (this.drawn.get(slug) !== drawn) return;
      if (drawn.waiting === 0) this.tell(slug, drawn.failed ? "failed" : "idle");
    };
    source?.on("tileloadstart", () => {
      if (drawn.waiting === 0) drawn.failed = 0;
      drawn.waiting += 1;
      this.tell(slug, "loading");
    });
    source?.on("tileloadend", () => settle(false));
    source?.on("tileloaderror", () => settle(true));
  }

  private tell(slug: string, now: Loading): void {
    const { status } = session().state;
    if ((status[slug] ?? "idle") !== now) session().set({ status: { ...status, [slug]: now } });
  }
}

export function tileUrl(layer: LayerConfig, date: string): string {
  const older = layer.dates.find((each) => each.date === date && each.version !== layer.version);
  return older ? layer.tiles.replace(/\bv=[^&]*/, `v=${older.version}`) : layer.tiles;
}

/** The first tile zoom at which a layer is drawn: its scale bound read on the tile grid. */
export const firstZoom = (layer: LayerConfig): number =>
  layer.minScale > 0 ? Math.max(0, Math.ceil(Math.log2(ZOOM_0 / layer.minScale) - 1e-6)) : 0;

/** Whether the layer has pictures at a zoom (the map takes the nearest whole level's tiles). */
export const isInScale = (layer: LayerConfig, zoom: number): boolean => Math.round(zoom) >= firstZoom(layer);

function make(layer: LayerConfig, each: Loaded, url: string): TileLayer<XYZ> {
  const first = firstZoom(layer);
  return new TileLayer({
    // A class of its own gives the layer a canvas of its own, which CSS can blend with what lies below.
    className: `gb-tiles gb-tiles-${layer.slug} gb-blend-${each.blend}`,
    source: new XYZ({
      url,
      tileGrid: createXYZ({ minZoom: first, maxZoom: MAX_TILE_ZOOM }),
      transition: layer.kind === "imagery" ? 0 : 120,
      interpolate: true,
    }),
    opacity: each.opacity,
    visible: each.on,
    ...(first > 0 ? { minZoom: first - 0.5 - 1e-6 } : {}),
    ...(layer.extent ? { extent: padded(layer.extent) } : {}),
  });
}

function padded([west, south, east, north]: [number, number, number, number]): number[] {
  // Symbols and labels reach beyond their places.
  const box = [Math.max(-180, west - MARGIN_DEG), Math.max(-85.05, south - MARGIN_DEG), Math.min(180, east + MARGIN_DEG), Math.min(85.05, north + MARGIN_DEG)];
  return transformExtent(box, "EPSG:4326", "EPSG:3857");
}

let current: LayerStack | null = null;
export function stack(map: OlMap): LayerStack {
  current = new LayerStack(map);
  return current;
}
export const retry = (slug: string): void => current?.retry(slug);
