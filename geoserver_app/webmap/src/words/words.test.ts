import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "./en";
import { zh } from "./zh";

type Entry = unknown;
const keys = (words: Record<string, Entry>, prefix = ""): string[] =>
  Object.entries(words).flatMap(([key, value]) => (value && typeof value === "object" && !Array.isArray(value) ? keys(value as Record<string, Entry>, `${prefix}${key}.`) : [`${prefix}${key}`]));

test("every word has its twin", () => assert.deepEqual(keys(en).sort(), keys(zh).sort()));

test("no word is empty in either language", () => {
  for (const words of [zh, en] as Record<string, Entry>[])
    for (const [key, value] of Object.entries(words)) assert.notEqual(value, "", key);
});

test("Chinese stays Chinese, English has no Han character but in the language switch", () => {
  for (const [key, value] of Object.entries(en)) if (typeof value === "string" && !key.startsWith("language")) assert.doesNotMatch(value, /\p{Script=Han}/u, key);
});

test("no exclamation marks, no 您, no 成功", () => assert.doesNotMatch(JSON.stringify(zh) + JSON.stringify(en), /[!！]|您|成功/));
