import assert from "node:assert/strict";
import { test } from "node:test";
import type { LayerConfig, MapConfig } from "./api";
import { added, bases, currentBase, firstOpening, groups, isNotes, stepped, steppedGroup, withBase } from "./arrangement";

const layer = (slug: string, theme: string, more: Partial<LayerConfig> = {}): LayerConfig =>
  ({ slug, theme, kind: "vector", geometry: "Polygon", opacity: 1, blend: "normal", shown: false, isBase: false, dates: [], ...more }) as LayerConfig;

const all = [
  layer("dem", "terrain", { kind: "elevation", isBase: true }),
  layer("ortho", "imagery", { kind: "imagery", isBase: true, shown: true }),
  layer("road", "base"),
  layer("dltb", "land"),
  layer("ydyh", "planning", { shown: true }),
  layer("czkfbj", "planning", { shown: true }),
  layer("plan-old", "planning"),
  layer("heritage", "heritage", { shown: true }),
  layer("vec", "base", { kind: "map" }),
  layer("imgnote", "base", { kind: "map" }),
];
const config = { layers: all, themes: [] } as unknown as MapConfig;
const map = new Map(all.map((each) => [each.slug, each]));
const slugs = (list: { slug: string }[]): string[] => list.map((each) => each.slug);

test("the first opening shows what the city shows, the themes' other layers off, base maps below", () => {
  const loaded = firstOpening(config);
  assert.deepEqual(slugs(loaded), ["heritage", "plan-old", "czkfbj", "ydyh", "imgnote", "vec", "ortho", "dem"]);
  assert.deepEqual(loaded.filter((each) => each.on).map((each) => each.slug), ["heritage", "czkfbj", "ydyh", "imgnote", "ortho"]);
});

test("notes are the composed base map above every overlay, not the one below them", () => {
  const below = layer("vec", "base", { kind: "map" });
  const known = { layers: [below, ...all.filter((each) => each.slug !== "vec")] } as unknown as MapConfig;
  assert.deepEqual(known.layers.filter((each) => isNotes(each, known)).map((each) => each.slug), ["imgnote"]);
});

test("without imagery the vector map is on", () => {
  const loaded = firstOpening({ ...config, layers: all.filter((each) => each.kind !== "imagery") });
  assert.deepEqual(loaded.filter((each) => each.on).map((each) => each.slug), ["heritage", "czkfbj", "ydyh", "vec"]);
});

test("a step moves a layer within its group and stops at its edge", () => {
  const loaded = firstOpening(config);
  assert.deepEqual(slugs(stepped(loaded, "ydyh", -1, map)).slice(1, 4), ["plan-old", "ydyh", "czkfbj"]);
  assert.equal(stepped(loaded, "ydyh", 1, map), loaded);
  assert.equal(stepped(loaded, "heritage", -1, map), loaded);
});

test("a group moves whole, and never below the base maps", () => {
  const loaded = firstOpening(config);
  assert.deepEqual(slugs(steppedGroup(loaded, "heritage", 1, map)).slice(0, 4), ["plan-old", "czkfbj", "ydyh", "heritage"]);
  assert.equal(steppedGroup(loaded, "planning", 1, map), loaded);
});

test("a layer loaded later joins its group", () => {
  const loaded = added(firstOpening(config), map.get("road")!, map);
  assert.equal(groups(loaded, map).at(-1)![0], "base");
  assert.ok(slugs(loaded).includes("road"));
});

test("switching the base map leaves the overlays as they are", () => {
  const loaded = firstOpening(config);
  assert.deepEqual(bases(config), ["imagery", "vector", "terrain"]);
  assert.equal(currentBase(loaded, map), "imagery");
  const vector = withBase(loaded, "vector", config);
  assert.equal(currentBase(vector, map), "vector");
  assert.deepEqual(vector.filter((each) => each.on).map((each) => each.slug), ["heritage", "czkfbj", "ydyh", "vec"]);
  assert.equal(currentBase(withBase(vector, "terrain", config), map), "terrain");
  assert.deepEqual(withBase(vector, "imagery", config), loaded);
});
