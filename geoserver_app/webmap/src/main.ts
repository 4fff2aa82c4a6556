// The page starts: words, configuration, address; then the map.
import "ol/ol.css";
import "./theme.css";
import { readConfig, Unanswered } from "./api";
import type { MapConfig } from "./api";
import { firstOpening } from "./arrangement";
import { listen } from "./keys";
import { planeSystem } from "./map/projections";
import { read } from "./permalink";
import { remembered } from "./preferences";
import { begin, Session } from "./session";
import type { Loaded, State, Theme } from "./session";
import { placeSprite } from "./ui/icon";
import { speak, words } from "./words";

function theme(): Theme {
  const kept = remembered("theme");
  if (kept === "dark" || kept === "light") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function state(config: MapConfig): State {
  const linked = read(location.hash);
  const slugs = new Set(config.layers.map((layer) => layer.slug));
  const known = (layers: Loaded[]): Loaded[] => layers.filter((each) => slugs.has(each.slug));
  const kept = Number(remembered("plane"));
  const plane = [linked.plane, kept, config.crs.gk].find((code) => code && planeSystem(code)) ?? 3857;
  return {
    config,
    loaded: linked.layers ? known(linked.layers) : firstOpening(config),
    selected: "",
    closed: [],
    tab: "loaded",
    tool: "layers",
    leftOpen: innerWidth >= 900,
    rightOpen: linked.inquiry !== null,
    inquiry: linked.inquiry ? { at: linked.inquiry, answers: [], open: linked.open } : null,
    codes: {},
    plane,
    date: linked.date,
    theme: theme(),
    status: {},
    view: linked.view ? { ...linked.view, scale: 0 } : { lon: (config.extent[0] + config.extent[2]) / 2, lat: (config.extent[1] + config.extent[3]) / 2, zoom: NaN, scale: 0 },
    letters: remembered("letters") !== "off",
  };
}

function refuse(): void {
  const w = words();
  const note = document.createElement("div");
  note.className = "refused";
  note.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = w.configFailed;
  const more = document.createElement("p");
  more.className = "m s";
  more.textContent = w.configFailedNote;
  const again = document.createElement("button");
  again.className = "btn";
  again.textContent = w.retry;
  again.addEventListener("click", () => location.reload());
  note.append(text, more, again);
  document.querySelector("gb-app")?.replaceWith(note);
}

async function start(): Promise<void> {
  document.documentElement.dataset.theme = theme();
  const [config] = await Promise.all([readConfig(), speak(remembered("language") === "en" ? "en" : "zh")]);
  begin(new Session(state(config)));
  placeSprite();
  listen();
  // The elements read the session as they are made.
  await import("./ui/app");
  window.addEventListener("hashchange", () => location.reload());
}

start().catch((fault: unknown) => {
  refuse();
  if (!(fault instanceof Unanswered)) throw fault;
});
