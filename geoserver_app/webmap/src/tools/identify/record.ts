// A record as a person reads it: its title, its fields with names for codes and units, its areas, its version.
import type { Answer, FieldConfig, LayerConfig } from "../../api";
import { grouped } from "../../map/projections";
import { session } from "../../session";
import { named, words } from "../../words";

export interface Line {
  label: string;
  value: string;
  note: string;
  strong: boolean;
}
const M2_PER_MU = 2000 / 3;
const DATE = /^(\d{4}-\d{2}-\d{2})T/;

function codeName(field: FieldConfig, value: unknown): string {
  return field.codes ? named(session().state.codes[field.codes]?.[String(value)]) : "";
}

export function text(field: FieldConfig | undefined, value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? "✓" : "✗";
  const unit = field?.unit ? ` ${field.unit}` : "";
  if (typeof value === "number") return `${field?.codes || field?.type === "integer" ? String(value) : number(value)}${unit}`;
  const date = DATE.exec(String(value));
  if (field?.type === "date" && date) return date[1]!;
  return `${typeof value === "object" ? JSON.stringify(value) : String(value)}${unit}`;
}

const number = (value: number): string => grouped(value, Math.min(3, (String(value).split(".")[1] ?? "").length));

const own = (feature: Answer, name: string): unknown => feature.properties[name];

/** "0701 城镇住宅用地"; the layer's name when the record has no title. */
export function title(layer: LayerConfig, feature: Answer): string {
  const field = layer.fields.find((each) => each.name === layer.titleField);
  const value = text(field, own(feature, layer.titleField));
  if (value && field) {
    const name = codeName(field, own(feature, field.name));
    const code = name ? "" : codeOf(layer, feature, value);
    return [code, value, name].filter(Boolean).join(" ");
  }
  if (layer.kind === "imagery" || layer.kind === "elevation") return rasterTitle(layer, feature);
  const coded = layer.fields.find((each) => codeName(each, own(feature, each.name)));
  if (coded) return `${text(coded, own(feature, coded.name))} ${codeName(coded, own(feature, coded.name))}`;
  const identity = text(layer.fields.find((each) => each.name === layer.identity), own(feature, layer.identity));
  return identity || named(layer.title);
}

/** The code whose name the title is: 0701 for 城镇住宅用地. */
function codeOf(layer: LayerConfig, feature: Answer, name: string): string {
  const field = layer.fields.find((each) => each.codes && codeName(each, own(feature, each.name)) === name);
  return field ? String(own(feature, field.name)) : "";
}

function rasterTitle(layer: LayerConfig, feature: Answer): string {
  const w = words();
  const date = String(feature.geobase?.surveyDate ?? layer.surveyDate ?? "").slice(0, 10);
  const value = own(feature, "band1");
  if (layer.kind === "elevation" && typeof value === "number") return `${number(value)} m`;
  return date ? w.shot(date) : named(layer.title);
}

export function lines(layer: LayerConfig, feature: Answer): Line[] {
  const fields: FieldConfig[] = layer.fields.length
    ? layer.fields
    : Object.keys(feature.properties).map((name) => ({ name, title: { zh: bandName(layer, name), en: bandName(layer, name) }, type: "", unit: layer.kind === "elevation" ? "m" : "", codes: "" }));
  const made = fields.flatMap((field): Line[] => {
    const value = text(field, own(feature, field.name));
    if (!value) return [];
    return [{ label: named(field.title) || field.name, value, note: codeName(field, own(feature, field.name)), strong: false }];
  });
  return [...areas(feature), ...made, ...pixelFacts(feature)];
}

/** Of a picture: the file the value is from and when it was taken. */
function pixelFacts(feature: Answer): Line[] {
  const w = words();
  const { file, surveyDate } = feature.geobase ?? {};
  return [[w.surveyDate, surveyDate], [w.file, file]].flatMap(([label, value]): Line[] => (value ? [{ label: String(label), value: String(value), note: "", strong: false }] : []));
}

/** band1 → 波段 1; a height where there is but one band of heights. */
function bandName(layer: LayerConfig, name: string): string {
  const band = /^band(\d+)$/.exec(name);
  if (!band) return name;
  return layer.kind === "elevation" ? words().height : words().band(Number(band[1]));
}

function areas(feature: Answer): Line[] {
  const w = words();
  const measured = feature.geobase;
  if (!measured?.areaEllipsoid_m2) return [];
  const mu = w.mu(grouped(measured.areaEllipsoid_m2 / M2_PER_MU, 2));
  const made: Line[] = [{ label: w.areaEllipsoid, value: `${grouped(measured.areaEllipsoid_m2, 2)} m²`, note: mu, strong: true }];
  if (measured.areaPlane_m2) made.push({ label: w.areaPlane, value: `${grouped(measured.areaPlane_m2, 2)} m²`, note: "", strong: false });
  return made;
}

export function versionLine(layer: LayerConfig, feature: Answer): string {
  const version = feature.geobase?.version ?? layer.version;
  return words().versionLine(version, String(feature.geobase?.published ?? layer.published ?? "").slice(0, 10));
}

export function asText(layer: LayerConfig, feature: Answer): string {
  const head = `${named(layer.title)}\t${title(layer, feature)}`;
  return [head, ...lines(layer, feature).map((each) => `${each.label}\t${each.value}${each.note ? ` ${each.note}` : ""}`), versionLine(layer, feature)].join("\n");
}
