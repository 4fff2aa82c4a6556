// What a typed text may mean without asking the server: coordinates, a map sheet, a layer.
import { sheetExtent } from "../../map/sheets";
import { grouped, planeSystem, sexagesimal } from "../../map/projections";
import { spoken } from "../../map/scale";
import type { Found } from "../../session";
import { session } from "../../session";
import { named, words } from "../../words";
import { groupTitle, matches } from "../layers/catalogue";
import { numbers, readLonLat, readPlane } from "./coordinates";

function coordinates(text: string): Found[] {
  const w = words();
  const degrees = readLonLat(text);
  if (degrees) {
    const note = `${w.geographic} ${degrees[0]}, ${degrees[1]}`;
    return [{ title: `${sexagesimal(degrees[1], "lat")} ${sexagesimal(degrees[0], "lon")}`, note, group: "coordinate", geometry: { type: "Point", coordinates: degrees } }];
  }
  const { plane, config } = session().state;
  const code = plane === 3857 ? config.crs.gk : plane;
  const at = readPlane(text, code);
  if (!at) return [];
  const [one, two] = numbers(text.replace(/(\d)[\s\u2009](?=\d{3}(?:\D|$))/g, "$1"))!;
  return [{ title: `${grouped(one, 2)}, ${grouped(two, 2)}`, note: planeSystem(code)?.name ?? "", group: "coordinate", geometry: { type: "Point", coordinates: at } }];
}

function sheets(text: string): Found[] {
  const found = sheetExtent(text);
  if (!found) return [];
  const [west, south, east, north] = found.extent;
  const ring: [number, number][] = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return [{ title: text.trim().toUpperCase(), note: words().sheet(spoken(found.scale)), group: "sheet", geometry: { type: "Polygon", coordinates: [ring] } }];
}

export function local(text: string): Found[] {
  const layers = session()
    .state.config.layers.filter((layer) => text.trim().length > 0 && matches(layer, text))
    .slice(0, 5)
    .map((layer): Found => ({ title: named(layer.title), note: groupTitle(layer.theme), group: "layer", geometry: null, slug: layer.slug }));
  return [...coordinates(text), ...sheets(text), ...layers];
}
