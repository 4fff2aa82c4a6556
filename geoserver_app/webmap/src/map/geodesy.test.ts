import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf, geodesic, lengthOf, planeArea } from "./geodesy";
import { toPlane } from "./projections";

const near = (value: number, wanted: number, off: number): void => assert.ok(Math.abs(value - wanted) <= off, `${value} is not ${wanted} ± ${off}`);

test("a degree of the equator and the quarter meridian have their known lengths on GRS80", () => {
  near(geodesic([0, 0], [1, 0]).metres, 111319.4908, 0.0005);
  near(geodesic([116, 0], [116, 90]).metres, 10001965.7293, 0.001);
  near(geodesic([116, 38], [116, 39]).bearing, 0, 1e-9);
  near(geodesic([0, 0], [1, 0]).bearing, 90, 1e-9);
});

test("a place has no distance from itself, and the way back is as long", () => {
  assert.equal(geodesic([116.8, 38.2], [116.8, 38.2]).metres, 0);
  near(geodesic([116.8, 38.2], [117.3, 38.9]).metres, geodesic([117.3, 38.9], [116.8, 38.2]).metres, 1e-6);
  assert.equal(lengthOf([]), 0);
});

test("near the antipodes there still is an answer", () => {
  const { metres } = geodesic([0, 0], [179.9, 0.1]);
  assert.ok(metres > 1.99e7 && metres < 2.01e7, String(metres));
});

test("a trapezoid's area equals the closed formula, whatever way round the ring runs", () => {
  // pyproj 3.8, Geod(ellps="GRS80"), edges densified to 1/2000 of a side
  const ring: [number, number][] = [[116.8, 38.2], [116.9, 38.2], [116.9, 38.3], [116.8, 38.3]];
  near(areaOf(ring), AREA, AREA * 1e-9);
  near(areaOf([...ring].reverse()), AREA, AREA * 1e-9);
});
const AREA = 97163178.316;

test("plane and ellipsoidal areas of a small parcel differ by the projection's scale only", () => {
  const ring: [number, number][] = [[116.86, 38.22], [116.863, 38.2205], [116.8625, 38.223], [116.8598, 38.2224]];
  const flat = ring.map(([lon, lat]) => toPlane(4548, lon, lat)!);
  const ratio = planeArea(flat) / areaOf(ring);
  near(ratio, 1, 1e-4);
});
