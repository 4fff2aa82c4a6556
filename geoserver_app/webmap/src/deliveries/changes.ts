// The map of what a delivery changes: added, changed, removed, over the imagery.
import Feature from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import { fromExtent } from "ol/geom/Polygon";
import TileLayer from "ol/layer/Tile";
import VectorLayer from "ol/layer/Vector";
import OlMap from "ol/Map";
import { transformExtent } from "ol/proj";
import VectorSource from "ol/source/Vector";
import XYZ from "ol/source/XYZ";
import { Circle, Fill, Stroke, Style } from "ol/style";
import View from "ol/View";

const COLOURS: Record<string, string> = { added: "#1d9a5b", changed: "#c98b00", removed: "#d23a2e" };
const styles = Object.fromEntries(
  Object.entries(COLOURS).map(([kind, colour]) => [
    kind,
    new Style({
      stroke: new Stroke({ color: colour, width: 2 }),
      fill: new Fill({ color: `${colour}59` }),
      image: new Circle({ radius: 5, fill: new Fill({ color: colour }), stroke: new Stroke({ color: "#fff", width: 1.5 }) }),
    }),
  ]),
);

export class ChangeMap {
  private readonly changes = new VectorSource();
  private readonly marks = new VectorSource();
  private readonly map: OlMap;

  constructor(target: HTMLElement, base: string) {
    this.map = new OlMap({
      target,
      controls: [],
      layers: [
        ...(base ? [new TileLayer({ source: new XYZ({ url: `/tiles/${base}/WebMercatorQuad/{z}/{x}/{y}.webp`, maxZoom: 19 }) })] : []),
        new VectorLayer({ source: this.changes, style: (feature) => styles[feature.get("change") as string] }),
        new VectorLayer({ source: this.marks, style: new Style({ stroke: new Stroke({ color: "#d92b20", width: 3 }) }) }),
      ],
      view: new View({ center: [0, 0], zoom: 1, maxZoom: 20, enableRotation: false }),
    });
  }

  clear(): void {
    this.changes.clear();
    this.marks.clear();
  }

  add(collection: object): void {
    this.changes.addFeatures(new GeoJSON().readFeatures(collection, { featureProjection: "EPSG:3857" }));
  }

  /** Show all the changes, or the bounds of a finding (degrees). */
  show(bounds?: [number, number, number, number]): void {
    this.map.updateSize();
    this.marks.clear();
    const extent = bounds ? transformExtent(bounds, "EPSG:4326", "EPSG:3857") : this.changes.getExtent();
    if (!extent || !extent.every(Number.isFinite)) return;
    if (bounds) this.marks.addFeature(new Feature(fromExtent(extent)));
    this.map.getView().fit(extent, { padding: [30, 30, 30, 30], maxZoom: 18 });
  }

  get count(): number {
    return this.changes.getFeatures().length;
  }
}
