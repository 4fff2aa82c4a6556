// Which national map sheet (GB/T 13989-2012) a place lies on, and what a sheet number covers; the twin of layers/sheets.py.
import type { Extent } from "../api";

// scale: [letter, sheets along one side of a 1:1 000 000 sheet, digits of row and column]
const DIVISION: [number, string, number, number][] = [
  [1_000_000, "A", 1, 0],
  [500_000, "B", 2, 3],
  [250_000, "C", 4, 3],
  [100_000, "D", 12, 3],
  [50_000, "E", 24, 3],
  [25_000, "F", 48, 3],
  [10_000, "G", 96, 3],
  [5_000, "H", 192, 3],
  [2_000, "I", 576, 3],
  [1_000, "J", 1152, 4],
  [500, "K", 2304, 4],
];
const NUMBER = /^([A-V])(\d{2})(?:([B-K])(\d{3,4})(\d{3,4}))?$/;

/** The standard scale nearest to a denominator. */
export function sheetScale(denominator: number): number {
  const distance = (scale: number): number => Math.abs(Math.log(scale / denominator));
  return DIVISION.reduce((best, [scale]) => (distance(scale) < distance(best) ? scale : best), 1_000_000);
}

/** The sheet's number at a place in degrees (EPSG:4490), "" where the division does not reach (south of the equator, north of 88°). */
export function sheetAt(lon: number, lat: number, scale: number): string {
  const row_ = DIVISION.find(([known]) => known === scale);
  if (!row_ || lon < -180 || lon >= 180 || lat < 0 || lat >= 88) return "";
  const [, letter, side, digits] = row_;
  const row = edge((lat * side) / 4);
  const column = edge(((lon + 180) * side) / 6);
  const band = Math.floor(row / side);
  const zone = Math.floor(column / side);
  const head = `${String.fromCharCode(65 + band)}${String(zone + 1).padStart(2, "0")}`;
  if (!digits) return head;
  const down = side - (row - band * side);
  const across = column - zone * side + 1;
  return `${head}${letter}${String(down).padStart(digits, "0")}${String(across).padStart(digits, "0")}`;
}

/** West, south, east, north in degrees of a sheet number; null when it is none. */
export function sheetExtent(number: string): { scale: number; extent: Extent } | null {
  const match = NUMBER.exec(number.trim().toUpperCase());
  if (!match) return null;
  const [, band = "", zone = "", letter = "A", rowDigits = "", columnDigits = ""] = match;
  const row_ = DIVISION.find(([, known]) => known === letter);
  if (!row_) return null;
  const [scale, , side, digits] = row_;
  const row = Number(rowDigits || 1);
  const column = Number(columnDigits || 1);
  if (rowDigits && (rowDigits.length !== digits || columnDigits.length !== digits)) return null;
  if (row < 1 || row > side || column < 1 || column > side || Number(zone) < 1 || Number(zone) > 60) return null;
  const south = ((band.charCodeAt(0) - 65) * side + side - row) * (4 / side);
  const west = ((Number(zone) - 1) * side + column - 1) * (6 / side) - 180;
  return { scale, extent: [west, south, west + 6 / side, south + 4 / side] };
}

// A place on an edge belongs to the sheet north and east of it; the float may fall a hair short of the edge.
function edge(position: number): number {
  const nearest = Math.round(position);
  return Math.abs(position - nearest) < 1e-9 ? nearest : Math.floor(position);
}
