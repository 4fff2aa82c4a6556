import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sheetAt, sheetExtent, sheetScale } from "./sheets";

// The same examples as the server's arithmetic is tested on.
const examples = readFileSync("../../tests/unit/layers/sheet_examples.csv", "utf8").trim().split("\n").slice(1).map((line) => line.split(","));
const degrees = (text: string): number => {
  const [, d = "0", m = "0", s = "0"] = /^(-?[\d.]+)(?:d([\d.]+)m([\d.]+)s)?$/.exec(text) ?? [];
  return Number(d) + Number(m) / 60 + Number(s) / 3600;
};

test("a place lies on the sheet the standard names", () => {
  assert.ok(examples.length > 100);
  for (const [, lon = "", lat = "", scale = "", , sheet] of examples) assert.equal(sheetAt(degrees(lon), degrees(lat), Number(scale.slice(2))), sheet);
});

test("a sheet number covers the place it was made from, at every scale", () => {
  for (const scale of [500, 1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000]) {
    for (const [lon, lat] of [[116.87, 38.22], [73.5, 18.1], [0, 0], [-179.99, 87.9]] as const) {
      const found = sheetExtent(sheetAt(lon, lat, scale));
      assert.ok(found);
      const [west, south, east, north] = found.extent;
      assert.ok(west <= lon + 1e-9 && lon < east && south <= lat + 1e-9 && lat < north, `${scale} ${lon} ${lat}`);
    }
  }
});

test("a sheet owns its southern and western edge", () => {
  const { extent } = sheetExtent("J50G016010")!;
  assert.equal(sheetAt(extent[0], extent[1], 10_000), "J50G016010");
  assert.notEqual(sheetAt(extent[2], extent[1], 10_000), "J50G016010");
});

test("what is no sheet number covers nothing", () => {
  for (const text of ["", "J50", "W50", "J61", "J50G097001", "J50G16010", "K50X001001"]) {
    if (text === "J50") assert.equal(sheetExtent(text)!.scale, 1_000_000);
    else assert.equal(sheetExtent(text), null, text);
  }
});

test("no sheets south of the equator", () => assert.equal(sheetAt(116, -1, 10_000), ""));

test("the scale of the sheet is the standard one nearest to the map's", () => {
  assert.equal(sheetScale(7500), 10_000);
  assert.equal(sheetScale(90), 500);
  assert.equal(sheetScale(5e8), 1_000_000);
});
