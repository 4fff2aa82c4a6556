// The one store: what is loaded, what is open, what was asked; components read it, tools change it.
import type { Answer, Blend, CodeNames, LayerConfig, MapConfig, PlaceProperties } from "./api";
import type { Geometry } from "./geojson";

export interface Loaded {
  slug: string;
  on: boolean;
  opacity: number;
  blend: Blend;
}
export type Loading = "idle" | "loading" | "failed";
export interface LayerAnswer {
  slug: string;
  status: "waiting" | "ready" | "failed";
  features: Answer[];
}
export interface Inquiry {
  at: [number, number];
  answers: LayerAnswer[];
  /** "layer/index" of the open record. */
  open: string;
}
export interface Found {
  title: string;
  note: string;
  group: "place" | "layer" | "sheet" | "coordinate";
  geometry: Geometry | null;
  slug?: string;
  properties?: PlaceProperties;
}
export type Theme = "light" | "dark";

export interface State {
  config: MapConfig;
  /** Drawing order, top first; layers of one group lie together. */
  loaded: Loaded[];
  selected: string;
  closed: string[];
  tab: "loaded" | "catalogue";
  tool: string;
  leftOpen: boolean;
  rightOpen: boolean;
  inquiry: Inquiry | null;
  codes: CodeNames;
  plane: number;
  date: string;
  theme: Theme;
  status: Record<string, Loading>;
  view: { lon: number; lat: number; zoom: number; scale: number };
  letters: boolean;
}

type Listener = () => void;
const UNDO_STEPS = 50;

export class Session {
  readonly layers: Map<string, LayerConfig>;
  private listeners = new Set<Listener>();
  private undone: Loaded[][] = [];
  private done: Loaded[][] = [];
  private told = false;

  constructor(public state: State) {
    this.layers = new Map(state.config.layers.map((layer) => [layer.slug, layer]));
  }

  /** Change the state; listeners hear once per turn. */
  set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    if (this.told) return;
    this.told = true;
    queueMicrotask(() => {
      this.told = false;
      for (const listener of this.listeners) listener();
    });
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Change order or look of the layers: this can be undone. `merge` joins it to the step before (a slider being dragged). */
  arrange(loaded: Loaded[], merge = false): void {
    if (!merge) this.done = [...this.done.slice(-UNDO_STEPS + 1), this.state.loaded];
    this.undone = [];
    this.set({ loaded });
  }

  undo(): boolean {
    const before = this.done.pop();
    if (!before) return false;
    this.undone.push(this.state.loaded);
    this.set({ loaded: before });
    return true;
  }

  redo(): boolean {
    const after = this.undone.pop();
    if (!after) return false;
    this.done.push(this.state.loaded);
    this.set({ loaded: after });
    return true;
  }

  layer(slug: string): LayerConfig | undefined {
    return this.layers.get(slug);
  }
}

let current: Session | null = null;

export function begin(session: Session): Session {
  current = session;
  return session;
}

/** The page's session; there is one from the moment the configuration has come. */
export function session(): Session {
  if (!current) throw new Error("no session yet");
  return current;
}
