// What a measured line or area amounts to, on the ellipsoid and in the plane.
import { areaOf, geodesic, planeArea } from "../../map/geodesy";
import type { LonLat } from "../../map/geodesy";
import { grouped, toPlane } from "../../map/projections";
import { words } from "../../words";

export type Mode = "distance" | "area";
const M2_PER_MU = 2000 / 3;
const M2_PER_HA = 10000;

export interface Segment {
  metres: number;
  bearing: number;
}
export interface Figures {
  segments: Segment[];
  /** Length of the line, or of the closed ring, in metres. */
  length: number;
  area: number;
  /** In the plane system, m and m²; null outside its use. */
  planeLength: number | null;
  planeArea: number | null;
}

export function figures(places: LonLat[], mode: Mode, code: number): Figures {
  const closed = mode === "area" && places.length > 2 ? [...places, places[0]!] : places;
  const segments = closed.slice(1).map((place, index): Segment => geodesic(closed[index]!, place));
  const flat = closed.map(([lon, lat]) => toPlane(code, lon, lat));
  const plane = flat.every((each): each is [number, number] => each !== null) ? flat : null;
  return {
    segments,
    length: segments.reduce((sum, each) => sum + each.metres, 0),
    area: mode === "area" && places.length > 2 ? areaOf(places) : 0,
    planeLength: plane ? plane.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - plane[i]![0], y - plane[i]![1]), 0) : null,
    planeArea: plane && mode === "area" && places.length > 2 ? planeArea(plane.slice(0, -1)) : null,
  };
}

export const metres = (value: number): string => (value >= 10000 ? `${grouped(value / 1000, 3)} km` : `${grouped(value, 2)} m`);
export const squareMetres = (value: number): string => (value >= 1e8 ? `${grouped(value / 1e6, 3)} km²` : `${grouped(value, 2)} m²`);
export const mu = (value: number): string => `${grouped(value / M2_PER_MU, 2)} ${words().areaUnits.mu}`;
export const hectares = (value: number): string => `${grouped(value / M2_PER_HA, 4)} ${words().areaUnits.ha}`;
export const degrees = (bearing: number): string => `${bearing.toFixed(1)}°`;
