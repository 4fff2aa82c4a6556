// The coordinate systems the map speaks: CGCS2000 geographic and Gauss–Krüger zones, Web Mercator, and how they are written.
import proj4 from "proj4";
import type { Converter } from "proj4";
import { words } from "../words";

const ELLIPSOID = "+ellps=GRS80 +units=m +no_defs";
const SECONDS = 3600;

export interface PlaneSystem {
  code: number;
  /** Central meridian, degrees; null for Web Mercator. */
  meridian: number | null;
  zone: number | null;
  name: string;
}

/** EPSG:4513–4533 carry the zone before the easting, EPSG:4534–4554 do not (3° Gauss–Krüger of CGCS2000). */
export function planeSystem(code: number): PlaneSystem | null {
  if (code === 3857) return { code, meridian: null, zone: null, name: words().webMercator };
  if (code >= 4513 && code <= 4533) {
    const zone = code - 4513 + 25;
    return { code, meridian: zone * 3, zone, name: words().gkZone(zone) };
  }
  if (code >= 4534 && code <= 4554) {
    const meridian = 75 + (code - 4534) * 3;
    return { code, meridian, zone: null, name: words().gkMeridian(meridian) };
  }
  return null;
}

const converters = new Map<number, Converter>();

function converter(code: number): Converter | null {
  const known = converters.get(code);
  if (known) return known;
  const system = planeSystem(code);
  if (!system) return null;
  const definition =
    system.meridian === null
      ? "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +no_defs"
      : `+proj=tmerc +lat_0=0 +lon_0=${system.meridian} +k=1 +x_0=${(system.zone ?? 0) * 1e6 + 500000} +y_0=0 ${ELLIPSOID}`;
  const made = proj4(`+proj=longlat ${ELLIPSOID}`, definition);
  converters.set(code, made);
  return made;
}

/** [east, north] in metres of a place in degrees; null outside the system's use (12° off a GK meridian, beyond 85.06° in Mercator). */
export function toPlane(code: number, lon: number, lat: number): [number, number] | null {
  const system = planeSystem(code);
  const convert = converter(code);
  if (!system || !convert) return null;
  if (system.meridian !== null && Math.abs(wrap(lon - system.meridian)) > 12) return null;
  if (system.meridian === null && Math.abs(lat) > 85.06) return null;
  const [east, north] = convert.forward([lon, lat]) as [number, number];
  return [east, north];
}

export function fromPlane(code: number, east: number, north: number): [number, number] | null {
  const found = converter(code)?.inverse([east, north]) as [number, number] | undefined;
  return found && Number.isFinite(found[0]) && Number.isFinite(found[1]) ? found : null;
}

/** Bring a longitude into -180…180. */
export function wrap(lon: number): number {
  return ((((lon + 180) % 360) + 360) % 360) - 180;
}

/** 38°13′12.0″N; the seconds never read 60. */
export function sexagesimal(degrees: number, axis: "lat" | "lon", decimals = 1): string {
  const factor = 10 ** decimals;
  const total = Math.round(Math.abs(degrees) * SECONDS * factor);
  const d = Math.floor(total / (SECONDS * factor));
  const rest = total - d * SECONDS * factor;
  const m = Math.floor(rest / (60 * factor));
  const s = ((rest - m * 60 * factor) / factor).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  const side = axis === "lat" ? (degrees < 0 ? "S" : "N") : degrees < 0 ? "W" : "E";
  return `${d}°${String(m).padStart(2, "0")}′${s}″${side}`;
}

/** Thousands apart by a thin space: 4 231 925.70. */
export function grouped(value: number, decimals: number): string {
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const spaced = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009") : whole;
  return `${value < 0 ? "−" : ""}${spaced}${fraction ? `.${fraction}` : ""}`;
}
