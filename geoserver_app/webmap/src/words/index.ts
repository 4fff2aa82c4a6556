// Every word the map says, in the language chosen; English is loaded when asked for.
import type { Title } from "../api";
import { zh } from "./zh";

export type Words = { [K in keyof typeof zh]: (typeof zh)[K] };
export type Language = "zh" | "en";

let language: Language = "zh";
let catalogue: Words = zh;

export const words = (): Words => catalogue;
export const languageNow = (): Language => language;

/** A name in the language chosen; the other one where it is missing. */
export const named = (title: Title | null | undefined): string =>
  !title ? "" : language === "en" ? title.en || title.zh : title.zh || title.en;

export async function speak(wanted: Language): Promise<void> {
  catalogue = wanted === "en" ? (await import("./en")).en : zh;
  language = wanted;
  document.documentElement.lang = wanted === "en" ? "en" : "zh-CN";
  // The server's own pages (sign-in, administration) follow the map's language.
  document.cookie = `django_language=${wanted === "en" ? "en" : "zh-hans"}; path=/; max-age=31536000; samesite=lax`;
}
