// A text that may be a pair of coordinates, in any of the ways people write them.
import { fromPlane, planeSystem } from "../../map/projections";

const DMS = /(\d{1,3})\s*[°度]\s*(\d{1,2})\s*[′'分]\s*(\d{1,2}(?:\.\d+)?)?\s*(?:[″"秒]|'')?\s*([NSEW北南东西])?/gi;

/** A longitude and a latitude in any of the ways people write them; null when it is none. */
export function readLonLat(text: string): [number, number] | null {
  // 北纬38°13′12″: the side stands before the number; DMS wants it behind.
  const turned = text.replace(/([北南东西])[纬经]\s*([\d°度′'分″"秒.\s]+)/g, "$2$1 ");
  const sexa = [...turned.matchAll(DMS)];
  if (sexa.length === 2) {
    const values = sexa.map(([, d, m, s, side = ""]) => ({ value: (Number(d) + Number(m) / 60 + Number(s ?? 0) / 3600) * (/[SW南西]/i.test(side) ? -1 : 1), side }));
    return pair(values[0]!.value, values[1]!.value, /[NS北南]/i.test(values[0]!.side) || /[EW东西]/i.test(values[1]!.side) ? "lat" : /[EW东西]/i.test(values[0]!.side) ? "lon" : "");
  }
  const plain = numbers(text);
  return plain ? pair(plain[0], plain[1], "") : null;
}

export function numbers(text: string): [number, number] | null {
  const cleaned = text.replace(/[XYxy经纬度NSEWnsew东北]+[:：=]?/g, " ").trim();
  const match = /^(-?\d+(?:\.\d+)?)\s*[,，;；\s\u2009]\s*(-?\d+(?:\.\d+)?)$/.exec(cleaned);
  return match ? [Number(match[1]), Number(match[2])] : null;
}

// Of two numbers the one beyond 90 is the longitude; else longitude stands first.
function pair(one: number, two: number, first: "lon" | "lat" | ""): [number, number] | null {
  const isLatFirst = first === "lat" || (first === "" && Math.abs(two) > 90 && Math.abs(one) <= 90);
  const [lon, lat] = isLatFirst ? [two, one] : [one, two];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

/** X (north) Y (east) in metres of the page's plane system, in either order; the northing is the seven-digit one. */
export function readPlane(text: string, code: number): [number, number] | null {
  const found = numbers(text.replace(/(\d)[\s\u2009](?=\d{3}(?:\D|$))/g, "$1"));
  if (!found || Math.max(...found.map(Math.abs)) < 1000) return null;
  const zoned = planeSystem(code)?.zone ?? null;
  const isEast = (value: number): boolean => (zoned ? value > 1e7 : value < 1e6);
  const [north, east] = isEast(found[0]) && !isEast(found[1]) ? [found[1], found[0]] : found;
  const at = fromPlane(code, east, north);
  return at && Math.abs(at[1]) <= 90 ? at : null;
}
