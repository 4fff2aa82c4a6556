// Lengths, bearings and areas on the GRS80 ellipsoid (CGCS2000), from lon/lat degrees.
export type LonLat = [number, number];

const A = 6378137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const rad = (degrees: number): number => (degrees * Math.PI) / 180;

export interface Leg {
  metres: number;
  /** Azimuth at the start, degrees clockwise from true north. */
  bearing: number;
}

/** The geodesic between two places (Vincenty 1975, inverse; ±0.1 mm); near the antipodes, where it does not converge, the great circle. */
export function geodesic([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): Leg {
  const l = rad(lon2 - lon1);
  const u1 = Math.atan((1 - F) * Math.tan(rad(lat1)));
  const u2 = Math.atan((1 - F) * Math.tan(rad(lat2)));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = l;
  for (let round = 0; round < 200; round++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return { metres: 0, bearing: 0 };
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cos2m = cos2Alpha ? cosSigma - (2 * s1 * s2) / cos2Alpha : 0;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = l + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (cos2m + c * cosSigma * (2 * cos2m ** 2 - 1)));
    if (Math.abs(lambda - before) > 1e-12) continue;
    const k2 = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
    const a = 1 + (k2 / 16384) * (4096 + k2 * (-768 + k2 * (320 - 175 * k2)));
    const b = (k2 / 1024) * (256 + k2 * (-128 + k2 * (74 - 47 * k2)));
    const inner = cosSigma * (2 * cos2m ** 2 - 1) - (b / 6) * cos2m * (4 * sinSigma ** 2 - 3) * (4 * cos2m ** 2 - 3);
    const metres = B * a * (sigma - b * sinSigma * (cos2m + (b / 4) * inner));
    return { metres, bearing: azimuth(c2 * Math.sin(lambda), c1 * s2 - s1 * c2 * Math.cos(lambda)) };
  }
  const cosine = Math.sin(rad(lat1)) * Math.sin(rad(lat2)) + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.cos(l);
  return { metres: 6371008.8 * Math.acos(Math.min(1, Math.max(-1, cosine))), bearing: azimuth(Math.sin(l), 0) };
}

const azimuth = (east: number, north: number): number => (((Math.atan2(east, north) * 180) / Math.PI) + 360) % 360;

export function lengthOf(line: LonLat[]): number {
  return line.slice(1).reduce((sum, place, index) => sum + geodesic(line[index]!, place).metres, 0);
}

// Area between the equator and a latitude, per radian of longitude, in m².
function zone(lat: number): number {
  const s = Math.sin(rad(lat));
  return ((B * B) / 2) * (s / (1 - E2 * s * s) + Math.atanh(E * s) / E);
}

/**
 * Ellipsoidal area in m² of a ring whose edges are straight in longitude and latitude, as the trapezoids of
 * the land survey's 椭球面积 are (TD/T 1055); each edge by Simpson's rule over eight parts.
 */
export function areaOf(ring: LonLat[]): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [lon1, lat1] = ring[i]!;
    const [lon2, lat2] = ring[(i + 1) % ring.length]!;
    let mean = 0;
    for (let part = 0; part <= 8; part++) {
      const weight = part === 0 || part === 8 ? 1 : part % 2 ? 4 : 2;
      mean += weight * zone(lat1 + ((lat2 - lat1) * part) / 8);
    }
    sum += (rad(lon2 - lon1) * mean) / 24;
  }
  return Math.abs(sum);
}

/** Plane area of a ring in the units of its coordinates, squared. */
export function planeArea(ring: [number, number][]): number {
  return Math.abs(
    ring.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = ring[(i + 1) % ring.length]!;
      return sum + x * nextY - nextX * y;
    }, 0) / 2,
  );
}
