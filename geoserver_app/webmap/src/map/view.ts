// The map on the page: an OpenLayers map in EPSG:3857, and the few verbs the rest of the page needs.
import OlMap from "ol/Map";
import View from "ol/View";
import type { Coordinate } from "ol/coordinate";
import { boundingExtent, getCenter, isEmpty } from "ol/extent";
import type { Extent as OlExtent } from "ol/extent";
import type Geometry from "ol/geom/Geometry";
import { defaults as defaultInteractions, DragPan, MouseWheelZoom } from "ol/interaction";
import { fromLonLat, toLonLat, transformExtent } from "ol/proj";
import type { Extent } from "../api";
import { session } from "../session";
import { denominator, resolutionFor } from "./scale";

const MAX_ZOOM = 22;
export type LonLat = [number, number];

export class MapView {
  readonly map: OlMap;
  private readonly view: View;

  constructor(target: HTMLElement) {
    const { config, view } = session().state;
    this.view = new View({ center: fromLonLat([view.lon, view.lat]), zoom: Number.isFinite(view.zoom) ? view.zoom : 12, maxZoom: MAX_ZOOM, minZoom: 1, enableRotation: false, multiWorld: false });
    this.map = new OlMap({
      target,
      view: this.view,
      controls: [],
      pixelRatio: Math.min(2, window.devicePixelRatio || 1),
      interactions: defaultInteractions({ altShiftDragRotate: false, pinchRotate: false, doubleClickZoom: false, keyboard: false, mouseWheelZoom: false, onFocusOnly: false }).extend([
        // Whole zoom levels, so that drawn tiles stay sharp; typed scales may lie between.
        new MouseWheelZoom({ constrainResolution: true, duration: 150 }),
        new DragPan({ condition: (event) => (event.originalEvent as PointerEvent).button === 1 }),
      ]),
      moveTolerance: 3,
    });
    this.map.on("moveend", () => this.tell());
    if (!Number.isFinite(view.zoom)) this.open(config.extent);
  }

  /** Metres of EPSG:3857 in a pixel. */
  get resolution(): number {
    return this.view.getResolution() ?? 1;
  }

  get centre(): LonLat {
    return toLonLat(this.view.getCenter() ?? [0, 0]) as LonLat;
  }

  /** What is on the screen, in degrees. */
  get extent(): Extent {
    const [west, south, east, north] = transformExtent(this.view.calculateExtent(this.map.getSize()), "EPSG:3857", "EPSG:4326") as Extent;
    return [Math.max(-180, west), Math.max(-90, south), Math.min(180, east), Math.min(90, north)];
  }

  get scale(): number {
    return denominator(this.resolution, this.centre[1]);
  }

  private tell(): void {
    const [lon, lat] = this.centre;
    session().set({ view: { lon, lat, zoom: this.view.getZoom() ?? 0, scale: denominator(this.resolution, lat) } });
  }

  setScale(scale: number): void {
    this.view.animate({ resolution: resolutionFor(scale, this.centre[1]), duration: duration() });
  }

  zoomBy(step: number): void {
    const zoom = this.view.getZoom() ?? 0;
    // From between two levels, the nearest whole one in that direction.
    const target = step > 0 ? Math.floor(zoom + 1e-6) + step : Math.ceil(zoom - 1e-6) + step;
    this.view.animate({ zoom: Math.max(1, Math.min(MAX_ZOOM, target)), duration: duration() });
  }

  pan(right: number, up: number): void {
    const [x = 0, y = 0] = this.view.getCenter() ?? [];
    this.view.animate({ center: [x + right * this.resolution, y + up * this.resolution], duration: duration() });
  }

  centreAt(place: LonLat, zoom?: number): void {
    this.view.animate({ center: fromLonLat(place), ...(zoom === undefined ? {} : { zoom }), duration: duration() });
  }

  /** Show an extent of degrees whole, with room round it. */
  fit(extent: Extent, time = duration()): void {
    const [west, south, east, north] = extent;
    const clipped: Extent = [Math.max(-180, west), Math.max(-85, south), Math.min(180, east), Math.min(85, north)];
    this.fitPlane(transformExtent(clipped, "EPSG:4326", "EPSG:3857"), time);
  }

  fitGeometry(geometry: Geometry): void {
    const extent = geometry.getExtent();
    if (!isEmpty(extent)) this.fitPlane(extent, duration());
    else this.view.animate({ center: getCenter(extent), zoom: Math.max(this.view.getZoom() ?? 0, 16), duration: duration() });
  }

  /** The first view: filled by the extent rather than framing it, at a whole zoom, where tiles are sharp. */
  private open(extent: Extent): void {
    const [west, south, east, north] = transformExtent(extent, "EPSG:4326", "EPSG:3857") as Extent;
    const [width, height] = this.map.getSize() ?? [800, 600];
    const across = [(east - west) / width!, (north - south) / height!].sort((a, b) => a - b) as [number, number];
    // An elongated extent is filled only so far.
    const zoom = Math.ceil((this.view.getZoomForResolution(Math.max(across[0], across[1] / 3)) ?? 12) - 0.05);
    this.view.setCenter(getCenter([west, south, east, north]));
    this.view.setZoom(Math.max(1, Math.min(19, zoom)));
  }

  private fitPlane(extent: OlExtent, time: number): void {
    const point = extent[0] === extent[2] && extent[1] === extent[3];
    this.view.fit(extent, { size: this.map.getSize() ?? [800, 600], padding: [56, 56, 56, 56], maxZoom: point ? 16 : 19, duration: time });
  }

  /** The ground a pixel away from another in each direction, EPSG:3857. */
  around(at: LonLat, pixels: number): Extent {
    const [x, y] = fromLonLat(at) as [number, number];
    const half = pixels * this.resolution;
    return [x - half, y - half, x + half, y + half];
  }

  place(pixel: Coordinate): LonLat {
    return toLonLat(this.map.getCoordinateFromPixel(pixel) ?? [0, 0]) as LonLat;
  }

  /** Whether a place is on the screen. */
  sees(place: LonLat): boolean {
    const extent = this.view.calculateExtent(this.map.getSize());
    const [x, y] = fromLonLat(place) as [number, number];
    return x >= extent[0]! && x <= extent[2]! && y >= extent[1]! && y <= extent[3]!;
  }
}

export const duration = (): number => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150);

export const extentOf = (places: LonLat[]): OlExtent => boundingExtent(places.map((place) => fromLonLat(place)));

let current: MapView | null = null;

export function show(target: HTMLElement): MapView {
  current = new MapView(target);
  return current;
}

/** The page's map; there is one from the moment it is on the page. */
export function view(): MapView {
  if (!current) throw new Error("no map yet");
  return current;
}
export const hasView = (): boolean => current !== null;
