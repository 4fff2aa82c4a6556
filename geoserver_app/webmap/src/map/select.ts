// What is selected on the map: cyan on a dark casing, a pin at the place that was asked, a preview of a search result.
import Feature from "ol/Feature";
import type OlMap from "ol/Map";
import GeoJSON from "ol/format/GeoJSON";
import type OlGeometry from "ol/geom/Geometry";
import MultiPoint from "ol/geom/MultiPoint";
import Point from "ol/geom/Point";
import Polygon from "ol/geom/Polygon";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Icon, RegularShape, Stroke, Style } from "ol/style";
import type { Geometry } from "../geojson";

const CYAN = "#27E3FF";
const DARK = "#06222c";
const HANDLES = 24;
const format = new GeoJSON({ dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" });

export const toMap = (geometry: Geometry): OlGeometry => format.readGeometry(geometry) as OlGeometry;

const PIN = `data:image/svg+xml;utf8,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="26" height="34" viewBox="0 0 26 34"><path d="M13 32c-5-8-9-12-9-18a9 9 0 0 1 18 0c0 6-4 10-9 18z" fill="#fff" stroke="#10303e" stroke-width="1.6"/><circle cx="13" cy="14" r="4" fill="#10303e"/></svg>',
)}`;

const point = new Circle({ radius: 8, fill: new Fill({ color: "rgba(39,227,255,.22)" }), stroke: new Stroke({ color: CYAN, width: 3 }) });
const pointCasing = new Circle({ radius: 8, stroke: new Stroke({ color: DARK, width: 6 }) });
const selected = [
  new Style({ stroke: new Stroke({ color: DARK, width: 6 }), image: pointCasing }),
  new Style({ stroke: new Stroke({ color: CYAN, width: 3 }), fill: new Fill({ color: "rgba(39,227,255,.22)" }), image: point }),
  new Style({
    image: new RegularShape({ points: 4, radius: 5.2, angle: Math.PI / 4, fill: new Fill({ color: "#fff" }), stroke: new Stroke({ color: "#0b3a47", width: 1.2 }) }),
    geometry: (feature) => corners(feature.getGeometry() as OlGeometry),
  }),
];
const pin = new Style({ image: new Icon({ src: PIN, anchor: [0.5, 0.96] }) });
const preview = [
  new Style({ stroke: new Stroke({ color: DARK, width: 5 }) }),
  new Style({ stroke: new Stroke({ color: "#fff", width: 2.4, lineDash: [7, 5] }), fill: new Fill({ color: "rgba(255,255,255,.14)" }) }),
];

/** The corners of a simple polygon; many corners would hide its edge. */
function corners(geometry: OlGeometry): OlGeometry | undefined {
  const polygons = geometry instanceof Polygon ? [geometry] : geometry.getType() === "MultiPolygon" ? (geometry as unknown as { getPolygons(): Polygon[] }).getPolygons() : [];
  const places = polygons.flatMap((each) => each.getCoordinates()[0]?.slice(0, -1) ?? []);
  return places.length > 0 && places.length <= HANDLES ? new MultiPoint(places) : undefined;
}

export class Selection {
  private readonly chosen = new VectorSource();
  private readonly pins = new VectorSource();
  private readonly previews = new VectorSource();

  constructor(map: OlMap) {
    const layer = (source: VectorSource, style: Style | Style[], zIndex: number): VectorLayer =>
      new VectorLayer({ source, style, zIndex, className: "gb-select", updateWhileAnimating: true, updateWhileInteracting: true });
    map.addLayer(layer(this.previews, preview, 5000));
    map.addLayer(layer(this.chosen, selected, 5001));
    map.addLayer(layer(this.pins, pin, 5002));
  }

  select(geometry: Geometry | null): void {
    this.chosen.clear();
    if (geometry) this.chosen.addFeature(new Feature(toMap(geometry)));
  }

  pin(place: [number, number] | null): void {
    this.pins.clear();
    if (place) this.pins.addFeature(new Feature(new Point(fromLonLat(place))));
  }

  preview(geometry: Geometry | null): void {
    this.previews.clear();
    if (!geometry) return;
    const shape = toMap(geometry);
    const feature = new Feature(shape);
    if (shape.getType() === "Point") feature.setStyle(pin);
    this.previews.addFeature(feature);
  }
}

let current: Selection | null = null;
export function selection(map?: OlMap): Selection {
  if (map) current = new Selection(map);
  if (!current) throw new Error("no map yet");
  return current;
}
