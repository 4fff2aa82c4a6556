import assert from "node:assert/strict";
import { test } from "node:test";
import { fromPlane, grouped, planeSystem, sexagesimal, toPlane, wrap } from "./projections";

const near = (value: number, wanted: number, off: number): void => assert.ok(Math.abs(value - wanted) <= off, `${value} is not ${wanted} ± ${off}`);

test("Gauss–Krüger coordinates agree with PROJ to a millimetre, and lead back", () => {
  // pyproj 3.8: EPSG:4490 → EPSG:4548 and EPSG:4527
  const [east, north] = toPlane(4548, 116.87, 38.22)!;
  near(east, EAST, 0.001);
  near(north, NORTH, 0.001);
  near(toPlane(4527, 116.87, 38.22)![0], EAST + 39_000_000, 0.001);
  const back = fromPlane(4548, east, north)!;
  near(back[0], 116.87, 1e-9);
  near(back[1], 38.22, 1e-9);
});
const EAST = 488615.97314;
const NORTH = 4231925.6923;

test("a place far off the central meridian has no coordinates in the zone", () => {
  assert.equal(toPlane(4548, 2.35, 48.85), null);
  assert.ok(toPlane(3857, 2.35, 48.85));
});

test("EPSG codes name their zone or meridian", () => {
  assert.equal(planeSystem(4548)!.meridian, 117);
  assert.equal(planeSystem(4527)!.zone, 39);
  assert.equal(planeSystem(4326), null);
});

test("sixty seconds never show", () => {
  assert.equal(sexagesimal(38.99999999, "lat"), "39°00′00.0″N");
  assert.equal(sexagesimal(-0.5, "lon"), "0°30′00.0″W");
  assert.equal(sexagesimal(116.87, "lon"), "116°52′12.0″E");
});

test("thousands stand apart by a thin space", () => {
  assert.equal(grouped(4231925.7, 2), "4\u2009231\u2009925.70");
  assert.equal(grouped(-12, 1), "−12.0");
});

test("longitudes come back into -180…180", () => assert.equal(wrap(190), -170));
