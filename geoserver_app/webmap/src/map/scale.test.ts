import assert from "node:assert/strict";
import { test } from "node:test";
import { barLength, denominator, readScale, resolutionFor } from "./scale";

test("the scale is true at the latitude", () => {
  assert.ok(Math.abs(denominator(1, 0) - 1 / 0.00028) < 15);
  assert.ok(Math.abs(denominator(1, 60) * 2 - denominator(1, 0)) < 20);
  assert.ok(Math.abs(denominator(resolutionFor(7500, 38.2), 38.2) - 7500) < 1e-6);
});

test("a scale is read as people write it", () => {
  for (const [text, scale] of [["1:5000", 5000], ["5000", 5000], ["1：1 0000", 10000], ["2万", 20000], ["1:1.5万", 15000], ["25k", 25000]] as const) assert.equal(readScale(text), scale, text);
  for (const text of ["", "1:", "abc", "1:0", "-5", "1:5000m2"]) assert.equal(readScale(text), null, text);
});

test("the bar is a round length that fits", () => assert.deepEqual(barLength(1, 110), { metres: 100, pixels: 100 }));
