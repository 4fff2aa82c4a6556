import assert from "node:assert/strict";
import { test } from "node:test";
import { readLonLat, readPlane } from "./coordinates";

const near = (found: [number, number] | null, lon: number, lat: number, off = 1e-6): void =>
  assert.ok(found && Math.abs(found[0] - lon) < off && Math.abs(found[1] - lat) < off, `${found} is not ${lon}, ${lat}`);

test("a longitude and a latitude are read in every way people write them", () => {
  for (const text of ["116.87,38.22", "38.22, 116.87", "116.87 38.22", "116.87，38.22", "116°52′12″E 38°13′12″N", "38°13'12\"N, 116°52'12\"E", "北纬38°13′12″ 东经116°52′12″", "38度13分12秒 116度52分12秒"]) near(readLonLat(text), 116.87, 38.22);
});

test("southern and western places keep their sign", () => {
  near(readLonLat("33°52′S 151°12′E"), 151.2, -33.866666, 1e-5);
  near(readLonLat("-70.5, -33.4"), -70.5, -33.4);
});

test("X north and Y east are read in either order, with or without the zone before them", () => {
  near(readPlane("4231925.69 488615.97", 4548), 116.87, 38.22, 1e-4);
  near(readPlane("488615.97, 4231925.69", 4548), 116.87, 38.22, 1e-4);
  near(readPlane("X 4 231 925.69, Y 39488615.97", 4527), 116.87, 38.22, 1e-4);
});

test("a word is no coordinate", () => {
  for (const text of ["捷地", "12", "", "1,2,3", "500,600"]) {
    assert.equal(readPlane(text, 4548), null, text);
    if (text !== "500,600") assert.equal(readLonLat(text), null, text);
  }
});
