import assert from "node:assert/strict";
import { test } from "node:test";
import { read, write } from "./permalink";
import type { Linked } from "./permalink";

const state: Linked = {
  view: { lon: 116.87, lat: 38.22, zoom: 15.25 },
  layers: [
    { slug: "heritage-protect", on: true, opacity: 1, blend: "normal" },
    { slug: "ydyh", on: false, opacity: 0.62, blend: "multiply" },
  ],
  plane: 4548,
  date: "2024-05-06",
  inquiry: [116.8712345, 38.2212345],
  open: "ydyh/0",
};

test("what is written into the address is read back", () => assert.deepEqual(read(write(state)), state));

test("an empty list of layers stays empty, an absent one absent", () => {
  assert.deepEqual(read(write({ ...state, layers: [] })).layers, []);
  assert.equal(read("#at=1,2,3").layers, null);
});

test("nonsense in the address is left out", () => {
  const found = read("#at=1,x,3&l=a*b,ok*50,<img>*5&crs=no&date=20240506&q=1&sel=");
  assert.equal(found.view, null);
  assert.deepEqual(found.layers?.map((each) => each.slug), ["ok"]);
  assert.deepEqual([found.plane, found.date, found.inquiry], [null, "", null]);
  assert.equal(read("#at=400,38,5").view, null);
});
