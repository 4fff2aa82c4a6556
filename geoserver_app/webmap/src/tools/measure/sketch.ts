// The line or area being measured, on the map: points set by clicks, a live label at the pointer.
import Feature from "ol/Feature";
import type MapBrowserEvent from "ol/MapBrowserEvent";
import { unByKey } from "ol/Observable";
import type { EventsKey } from "ol/events";
import LineString from "ol/geom/LineString";
import MultiPoint from "ol/geom/MultiPoint";
import Polygon from "ol/geom/Polygon";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat, toLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import type { LonLat } from "../../map/geodesy";
import { view } from "../../map/view";
import { figures, metres, squareMetres } from "./figures";
import type { Mode } from "./figures";

const ORANGE = "#FFB000";
const DARK = "#10222c";
const FONT = '600 12px "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif';

export class Sketch {
  places: LonLat[] = [];
  mode: Mode = "distance";
  isDone = false;
  private pointer: LonLat | null = null;
  private readonly source = new VectorSource();
  private readonly layer = new VectorLayer({ source: this.source, zIndex: 5010, className: "gb-sketch", updateWhileInteracting: true, updateWhileAnimating: true });
  private keys: EventsKey[] = [];

  constructor(private readonly changed: () => void) {}

  begin(): void {
    const { map } = view();
    map.addLayer(this.layer);
    this.keys = [map.on("pointermove", (event) => this.moved(event)), map.on("dblclick", (event) => this.doubled(event))];
    map.getTargetElement()?.classList.add("drawing");
  }

  end(): void {
    unByKey(this.keys);
    view().map.removeLayer(this.layer);
    view().map.getTargetElement()?.classList.remove("drawing");
  }

  clear(): void {
    this.places = [];
    this.isDone = false;
    this.pointer = null;
    this.draw();
  }

  add(place: LonLat): void {
    if (this.isDone) this.clear();
    const last = this.places.at(-1);
    if (!last || last[0] !== place[0] || last[1] !== place[1]) this.places = [...this.places, place];
    this.draw();
  }

  /** Take the last point away; false when there was none. */
  back(): boolean {
    if (this.places.length === 0) return false;
    this.places = this.isDone ? [] : this.places.slice(0, -1);
    this.isDone = false;
    this.draw();
    return true;
  }

  finish(): void {
    this.isDone = this.places.length > 1;
    this.pointer = null;
    this.draw();
  }

  private moved(event: MapBrowserEvent): void {
    if (event.dragging || this.isDone || this.places.length === 0) return;
    this.pointer = toLonLat(event.coordinate) as LonLat;
    this.draw();
  }

  private doubled(event: MapBrowserEvent): void {
    event.stopPropagation();
    // The second click of the two has set a point a pixel beside the last.
    const [before, last] = this.places.slice(-2).map((place) => view().map.getPixelFromCoordinate(fromLonLat(place)));
    if (this.places.length > 1 && before && last && Math.hypot(before[0]! - last[0]!, before[1]! - last[1]!) < 6) this.places = this.places.slice(0, -1);
    this.finish();
  }

  draw(): void {
    const live = this.pointer && !this.isDone ? [...this.places, this.pointer] : this.places;
    const points = live.map((place) => fromLonLat(place));
    this.source.clear();
    if (points.length) {
      const closed = this.mode === "area" && points.length > 2;
      const shape = closed ? new Polygon([[...points, points[0]!]]) : new LineString(points);
      const feature = new Feature(shape);
      feature.setStyle(this.styles(live, points));
      this.source.addFeature(feature);
    }
    this.changed();
  }

  private styles(live: LonLat[], points: number[][]): Style[] {
    const found = figures(live, this.mode, 0);
    const label = live.length < 2 ? "" : this.mode === "area" && live.length > 2 ? squareMetres(found.area) : metres(found.length);
    const line = (color: string, width: number): Style => new Style({ stroke: new Stroke({ color, width, lineCap: "round", lineJoin: "round" }) });
    const dot = new Circle({ radius: 4, fill: new Fill({ color: "#fff" }), stroke: new Stroke({ color: DARK, width: 1.6 }) });
    const segments = found.segments.slice(0, this.mode === "area" ? undefined : -1).map((each, index) => segmentLabel(points, index, metres(each.metres)));
    const text = new Text({ text: label, font: FONT, offsetY: -18, padding: [4, 7, 3, 7], fill: new Fill({ color: "#fff" }), backgroundFill: new Fill({ color: "rgba(16,34,44,.9)" }) });
    return [
      new Style({ fill: new Fill({ color: "rgba(255,176,0,.16)" }) }),
      line(DARK, 5),
      line(ORANGE, 2.6),
      new Style({ geometry: new MultiPoint(points.slice(0, this.places.length)), image: dot }),
      ...(this.mode === "distance" || this.isDone ? segments : []),
      ...(label ? [new Style({ geometry: new MultiPoint([points.at(-1)!]), text, zIndex: 2 })] : []),
    ];
  }
}

function segmentLabel(points: number[][], index: number, label: string): Style {
  const from = points[index]!;
  const to = points[(index + 1) % points.length]!;
  const middle = [(from[0]! + to[0]!) / 2, (from[1]! + to[1]!) / 2];
  return new Style({
    geometry: new MultiPoint([middle]),
    text: new Text({ text: label, font: FONT, fill: new Fill({ color: DARK }), stroke: new Stroke({ color: "#fff", width: 3 }) }),
  });
}
