// The true scale at a latitude: Web Mercator stretches, the ground does not.
import { words } from "../words";

const PIXEL_M = 0.00028; // OGC 07-057r7 §6.1: the standardised rendering pixel
const E2 = 0.00669438002290; // GRS80
export const SCALES = [500, 1000, 2000, 5000, 7500, 10000, 25000, 50000, 100000, 250000, 500000, 1000000];

/** Metres on the ellipsoid for one metre of EPSG:3857 at a latitude: geometric mean of both directions. */
export function groundFactor(lat: number): number {
  const phi = (lat * Math.PI) / 180;
  const w2 = 1 - E2 * Math.sin(phi) ** 2;
  const parallel = Math.cos(phi) / Math.sqrt(w2);
  const meridian = (Math.cos(phi) * (1 - E2)) / w2 ** 1.5;
  return Math.sqrt(parallel * meridian);
}

export const denominator = (resolution: number, lat: number): number => (resolution * groundFactor(lat)) / PIXEL_M;
export const resolutionFor = (scale: number, lat: number): number => (scale * PIXEL_M) / groundFactor(lat);

/** 1:7 500; above 10 000 to the nearest hundred or thousand, as a person would say it. */
export function rounded(scale: number): number {
  const step = scale < 1000 ? 1 : scale < 10000 ? 10 : scale < 100000 ? 100 : scale < 1e6 ? 1000 : 10000;
  return Math.max(1, Math.round(scale / step) * step);
}

/** Read "1:5000", "5000", "1:5 000", "2万", "1:1.5万"; null when it is not a scale. */
export function readScale(text: string): number | null {
  const plain = text.replace(/[\s\u2009,，]/g, "").replace("：", ":").replace(/^1:/, "");
  const match = /^(\d+(?:\.\d+)?)(万|k|K|m|M)?$/.exec(plain);
  if (!match) return null;
  const unit = { 万: 10000, k: 1000, m: 1e6 }[(match[2] ?? "").toLowerCase()] ?? 1;
  const scale = Number(match[1]) * unit;
  return scale >= 50 && scale <= 5e8 ? scale : null;
}

/** A round length for the bar: 1, 2 or 5 × 10ⁿ metres fitting into `room` pixels. */
export function barLength(metresPerPixel: number, room: number): { metres: number; pixels: number } {
  const most = metresPerPixel * room;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
  return { metres, pixels: metres / metresPerPixel };
}

/** 1:2万 in Chinese, 1:20 000 in English. */
export function spoken(scale: number): string {
  const w = words();
  if (w.tenThousand === "万" && scale >= 10000) return `1:${Number((scale / 10000).toFixed(1))}万`;
  return `1:${scale.toLocaleString("en").replaceAll(",", "\u2009")}`;
}
