// What the server's public faces answer: the map's configuration, places, features at a point.
import type { Geometry } from "./geojson";

export interface Title {
  zh: string;
  en: string;
}
export type Kind = "vector" | "imagery" | "elevation" | "cascaded" | "map";
export type Blend = "normal" | "multiply" | "screen";
/** West, south, east, north in degrees, EPSG:4490. */
export type Extent = [number, number, number, number];

export interface FieldConfig {
  name: string;
  title: Title;
  type: string;
  unit: string;
  codes: string;
}
export interface LegendEntry {
  title: Title;
  svg: string;
}
export interface LayerConfig {
  slug: string;
  title: Title;
  abstract: Title;
  theme: string;
  kind: Kind;
  geometry: string;
  version: number;
  published: string | null;
  surveyDate: string | null;
  /** Days of survey of imagery, oldest first, with the version that shows each. */
  dates: { date: string; version: number }[];
  extent: Extent | null;
  minScale: number;
  maxScale: number;
  opacity: number;
  blend: Blend;
  shown: boolean;
  isBase: boolean;
  sample: boolean;
  queryable: boolean;
  attribution: string;
  styles: { name: string; title: Title }[];
  fields: FieldConfig[];
  titleField: string;
  identity: string;
  legend: LegendEntry[];
  tiles: string;
}
export interface ThemeConfig {
  slug: string;
  title: Title;
  parent: string;
}
export interface MapConfig {
  city: Title;
  zone: number;
  /** Where the map opens. */
  extent: Extent;
  /** The whole city. */
  home: Extent;
  user: { name: string; department: Title | null; staff: boolean } | null;
  revision: number;
  crs: { gk: number };
  links: { login: string; logout: string; directory: string | null; services: string; admin: string | null };
  csrf: string;
  approval: string;
  themes: ThemeConfig[];
  layers: LayerConfig[];
}
export interface Found {
  type: "Feature";
  id?: string | number;
  geometry: Geometry | null;
  properties: Record<string, unknown>;
}
export interface PlaceProperties {
  title: string;
  kind: string;
  layer: string;
  layerTitle: Title;
}
export interface Answer extends Found {
  layer?: string;
  geobase?: {
    version?: number;
    published?: string | null;
    areaEllipsoid_m2?: number | null;
    areaPlane_m2?: number | null;
    [key: string]: unknown;
  };
}
export type CodeNames = Record<string, Record<string, Title>>;

/** The server answered with an error, or not at all; `status` 0 = no answer. */
export class Unanswered extends Error {
  constructor(
    readonly status: number,
    readonly url: string,
  ) {
    super(`${status} ${url}`);
  }
}

async function json<T>(url: string, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, { credentials: "same-origin", signal, headers: { Accept: "application/json" } });
  } catch (fault) {
    if (signal?.aborted) throw fault;
    throw new Unanswered(0, url);
  }
  if (!answer.ok) throw new Unanswered(answer.status, url);
  return (await answer.json()) as T;
}

export const readConfig = (): Promise<MapConfig> => json<MapConfig>("/map/config");
export const readCodes = (): Promise<CodeNames> => json<CodeNames>("/map/codes");

/** Which classes of a layer's legend (places from 0) lie within an extent. */
export const readLegend = async (slug: string, extent: Extent): Promise<number[]> =>
  (await json<{ classes: number[] }>(`/map/legend/${slug}?bbox=${extent.map((each) => each.toFixed(6)).join(",")}`)).classes;

export async function findPlaces(text: string, limit: number, signal: AbortSignal): Promise<(Found & { properties: PlaceProperties })[]> {
  const query = new URLSearchParams({ q: text, limit: String(limit) });
  const found = await json<{ features: (Found & { properties: PlaceProperties })[] }>(`/map/search?${query}`, signal);
  return found.features;
}

/** One GetFeatureInfo of WMS 1.3.0 (OGC 06-042 §7.4) round a pixel; bounds in EPSG:3857 metres, x east first. */
export interface PointQuery {
  layer: string;
  bounds: Extent;
  width: number;
  height: number;
  i: number;
  j: number;
  limit: number;
}

export async function featuresAt(query: PointQuery, signal: AbortSignal): Promise<Answer[]> {
  const parameters = new URLSearchParams({
    SERVICE: "WMS",
    VERSION: "1.3.0",
    REQUEST: "GetFeatureInfo",
    LAYERS: query.layer,
    QUERY_LAYERS: query.layer,
    STYLES: "",
    CRS: "EPSG:3857",
    BBOX: query.bounds.join(","),
    WIDTH: String(query.width),
    HEIGHT: String(query.height),
    I: String(query.i),
    J: String(query.j),
    FORMAT: "image/png",
    INFO_FORMAT: "application/json",
    FEATURE_COUNT: String(query.limit),
  });
  const found = await json<{ features: Answer[] }>(`/wms?${parameters}`, signal);
  return found.features;
}
