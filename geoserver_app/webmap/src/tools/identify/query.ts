// What lies at a point: every visible layer is asked by itself, and each answer shows as it comes.
import { featuresAt, readCodes, Unanswered } from "../../api";
import type { Answer, LayerConfig } from "../../api";
import { isInScale } from "../../map/layers";
import { view } from "../../map/view";
import { session } from "../../session";
import type { Inquiry, LayerAnswer } from "../../session";
import { say } from "../../ui/toast";
import { words } from "../../words";

/** Half the side of the queried picture in pixels; its middle pixel is the place clicked. */
const HALF_PX = 50;
const LIMIT = 10;
const AT_ONCE = 4;
let running: AbortController | null = null;

/** Layers on, in scale and with something to ask, in drawing order, top first. */
export function askable(): LayerConfig[] {
  const { loaded, view: now, date } = session().state;
  // Of imagery of an earlier day the pixels are not asked: the answer would be the newest one's.
  const isOlder = (layer: LayerConfig): boolean => layer.dates.some((each) => each.date === date && each.version !== layer.version);
  return loaded
    .filter((each) => each.on && each.opacity > 0)
    .map((each) => session().layer(each.slug))
    .filter((layer): layer is LayerConfig => Boolean(layer?.queryable && isInScale(layer, now.zoom) && !isOlder(layer)));
}

export async function inquire(at: [number, number], open = ""): Promise<void> {
  running?.abort();
  const mine = (running = new AbortController());
  const layers = askable();
  const answers = layers.map((layer): LayerAnswer => ({ slug: layer.slug, status: "waiting", features: [] }));
  session().set({ inquiry: { at, answers, open }, rightOpen: true, tool: session().state.tool === "measure" ? "layers" : session().state.tool });
  const bounds = view().around(at, HALF_PX + 0.5);
  void codes();
  const waiting = [...layers];
  const worker = async (): Promise<void> => {
    for (let layer = waiting.shift(); layer; layer = waiting.shift()) await ask(layer, at, bounds, mine);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (mine.signal.aborted) return;
  const { inquiry } = session().state;
  const records = inquiry?.answers.reduce((sum, each) => sum + each.features.length, 0) ?? 0;
  say(records ? words().resultsCount(inquiry!.answers.filter((each) => each.features.length).length, records) : words().nothingHere);
}

async function ask(layer: LayerConfig, at: [number, number], bounds: [number, number, number, number], mine: AbortController): Promise<void> {
  const side = 2 * HALF_PX + 1;
  let answer: LayerAnswer;
  try {
    const features = await featuresAt(
      { layer: layer.slug, bounds, width: side, height: side, i: HALF_PX, j: HALF_PX, limit: LIMIT },
      mine.signal,
    );
    answer = { slug: layer.slug, status: "ready", features };
  } catch (fault) {
    if (mine.signal.aborted) return;
    if (!(fault instanceof Unanswered) && !(fault instanceof SyntaxError)) throw fault;
    answer = { slug: layer.slug, status: "failed", features: [] };
  }
  const { inquiry } = session().state;
  if (mine.signal.aborted || !inquiry || inquiry.at !== at) return;
  const answers = inquiry.answers.map((each) => (each.slug === layer.slug ? answer : each));
  session().set({ inquiry: { ...inquiry, answers, open: opened(inquiry, answers) } });
}

/** The record that is open: the one chosen, else the most particular of those that are in: a point or line, then the smallest area. */
function opened(inquiry: Inquiry, answers: LayerAnswer[]): string {
  if (inquiry.open && !inquiry.open.startsWith("~")) return inquiry.open;
  const [best] = answers
    .flatMap(({ slug, features }) => features.map((feature, index) => ({ key: `~${slug}/${index}`, rank: rank(slug, feature) })))
    .sort((a, b) => a.rank - b.rank);
  return best?.key ?? inquiry.open;
}

/** Base maps come after all overlays, and pixels last. */
function rank(slug: string, feature: Answer): number {
  if (!feature.geometry) return Number.MAX_VALUE;
  return (feature.geobase?.areaEllipsoid_m2 ?? 0) + (session().layer(slug)?.kind === "map" ? 1e15 : 0);
}

async function codes(): Promise<void> {
  if (Object.keys(session().state.codes).length) return;
  try {
    session().set({ codes: await readCodes() });
  } catch (fault) {
    // Without the names of codes the codes themselves are shown.
    if (!(fault instanceof Unanswered)) throw fault;
  }
}

/** Forget the question; false when there was none. */
export function forget(): boolean {
  running?.abort();
  if (!session().state.inquiry) return false;
  session().set({ inquiry: null, ...(session().state.tool === "measure" ? {} : { rightOpen: false }) });
  return true;
}
