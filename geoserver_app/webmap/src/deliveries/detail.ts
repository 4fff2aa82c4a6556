// One delivery: its five steps, what was found, what would change, what it was detected to be, what can be done now.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { languageNow } from "../words";
import { icon } from "../ui/icon";
import type { Delivery, Finding, Part, Preview, Severity } from "./api";
import { bytes, clock, number, say } from "./words";

export interface Shown { title: (slug: string) => string; delivery: Delivery; findings: Finding[]; total: number; mapping: Record<string, string>; busy: string; fault: string }
export interface Verbs {
  zoom: (finding: Finding) => void;
  act: (action: string) => void;
  remap: (key: string, target: string) => void;
  confirm: () => void;
}
const STEPS = ["receive", "detect", "check", "diff", "publish"];
const SEVERITIES: Severity[] = ["blocking", "warning", "info"];
const ICONS: Record<Severity, string> = { blocking: "x", warning: "alert-triangle", info: "info-circle" };

export function head(shown: Shown): TemplateResult {
  const { delivery } = shown;
  return html`<div class="dv-head">
    <h1 title=${delivery.name}>${delivery.title || delivery.name}</h1><span class="chip st-${delivery.status}">${say.states[delivery.status]?.() ?? delivery.status}</span>
    <span class="m s el">${delivery.contractor}${delivery.survey_date ? html` ${say.surveyed()} ${delivery.survey_date}` : nothing} ${number(delivery.files)} ${say.files()} ${bytes(delivery.bytes)}</span>
    <span class="sp"></span><a class="btn" href="/deliveries/${delivery.sha256}/report">${icon("list-search", 16)}${say.report()}</a>
  </div>
  <ol class="dv-steps">${STEPS.map((name, place) => step(delivery, name, place))}</ol>
  ${delivery.problem ? html`<p class="dv-problem" role="alert">${icon("alert-triangle", 16)}${delivery.problem}</p>` : nothing}`;
}

function step(delivery: Delivery, name: string, place: number): TemplateResult {
  const told = delivery.steps[name];
  const state = told?.state ?? "todo";
  const running = state === "running" && delivery.progress;
  return html`<li class=${state} aria-current=${state === "running" ? "step" : nothing}>
    <i>${state === "done" ? icon("check", 16) : place + 1}</i>
    <span><b>${say.steps[name]!()}</b><small>${running ? html`${running.what} ${number(running.done)} / ${number(running.total)}` : told?.seconds !== undefined ? clock(told.seconds) : "\u00a0"}</small>
    ${running ? html`<progress max=${Math.max(1, running.total)} value=${running.done}></progress><small>${running.rate ? say.rate(running.rate) : ""} ${running.seconds_left ? say.left(running.seconds_left) : ""}</small>` : nothing}</span>
  </li>`;
}

export function found(shown: Shown, verbs: Verbs): TemplateResult {
  const { delivery, findings, total } = shown;
  return html`<section class="card"><div class="ch"><h2>${say.findings()}</h2>${SEVERITIES.map((each) =>
    html`<span class="chip ${each}">${say.severities[each]!()} ${number(delivery.counts[each] ?? 0)}</span>`)}</div>
    <div class="scroll">${findings.length ? html`<table><thead><tr><th></th><th>${say.rule()}</th><th>${say.what()}</th><th>${say.layer()}</th><th class="r">${say.count()}</th><th></th></tr></thead>
      <tbody>${findings.map((each) => html`<tr><td class=${each.severity}>${icon(ICONS[each.severity], 16)}</td><td><code>${each.id}</code></td>
        <td>${languageNow() === "en" ? each.en : each.zh}${each.file ? html`<small>${each.file}</small>` : nothing}</td><td>${shown.title(each.layer)}</td><td class="r">${number(each.count)}</td>
        <td>${each.bounds ? html`<button class="lk" @click=${() => verbs.zoom(each)}>${say.zoom()}</button>` : nothing}</td></tr>`)}</tbody></table>
      ${total > findings.length ? html`<p class="dv-note"><a class="lk" href="/deliveries/${delivery.sha256}/report">${say.more()} (${number(total)})</a></p>` : nothing}`
      : html`<p class="dv-note">${delivery.steps.check ? say.noFindings() : say.loading()}</p>`}</div></section>`;
}

export function compared(shown: Shown): TemplateResult {
  const rows = Object.entries(shown.delivery.preview);
  if (!rows.length) return html``;
  return html`<section class="card"><div class="ch"><h2>${say.compare()}</h2></div><div class="scroll"><table>
    <thead><tr><th>${say.layer()}</th><th>${say.composition()}</th><th class="r">${say.added()}</th><th class="r">${say.changed()}</th><th class="r">${say.removed()}</th><th class="r">${say.unchanged()}</th><th class="r">${say.areaChange()}</th></tr></thead>
    <tbody>${rows.map(([layer, each]) => each.blocked
      ? html`<tr><td>${shown.title(layer)}</td><td colspan="6" class="blocking">${say.blocked()}</td></tr>`
      : html`<tr><td>${shown.title(layer)}${each.base ? html` <small>${say.version()} ${each.base} → ${each.base + 1}</small>` : nothing}</td><td>${bar(each)}</td>
        <td class="r add">${number(each.added ?? 0)}</td><td class="r chg">${number(each.changed ?? 0)}</td><td class="r del">${number(each.removed ?? 0)}</td><td class="r">${number(each.unchanged ?? 0)}</td><td class="r">${hectares(each)}</td></tr>`)}</tbody></table></div></section>`;
}

function bar(each: Preview): TemplateResult {
  const parts: [string, number][] = [["add", each.added ?? 0], ["chg", each.changed ?? 0], ["del", each.removed ?? 0]];
  const sum = parts.reduce((total, [, count]) => total + count, 0);
  if (!sum) return html`<span class="m">–</span>`;
  let at = 0;
  return html`<svg class="dv-bar" viewBox="0 0 100 8" width="92" height="8" aria-hidden="true" preserveAspectRatio="none">${parts.map(([kind, count]) => {
    const width = (count / sum) * 100;
    at += width;
    return html`<svg x=${at - width} width=${width} height="8"><rect class=${kind} width="100%" height="8"></rect></svg>`;
  })}</svg>`;
}

function hectares(each: Preview): string {
  if (!each.areas?.length) return "–";
  const change = each.areas.reduce((sum, one) => sum + one.after - one.before, 0) / 10_000;
  return `${change > 0 ? "+" : change < 0 ? "−" : ""}${Math.abs(change).toFixed(2)}`;
}

export function detected(shown: Shown, verbs: Verbs): TemplateResult {
  const { delivery, mapping } = shown;
  const open = delivery.status === "staged" || delivery.status === "refused";
  return html`<section class="card"><div class="ch"><h2>${say.evidence()}</h2><span class="sp"></span>
    ${delivery.is_confirmed ? html`<span class="chip ok">${icon("check", 14)}${say.confirmed()}</span>` : open ? html`<button class="btn sm" ?disabled=${shown.busy !== ""} @click=${verbs.confirm}>${say.confirm()}</button>` : nothing}</div>
    <div class="scroll"><dl class="dv-facts"><dt>${say.mode()}</dt><dd>${say.modes[delivery.mode]?.() ?? delivery.mode}</dd><dt>${say.original()}</dt><dd><code>sha256 ${delivery.sha256.slice(0, 4)}…${delivery.sha256.slice(-4)}</code></dd></dl>
    <table><thead><tr><th>${say.part()}</th><th>${say.crs()} · ${say.encoding()}</th><th>${say.target()}</th></tr></thead><tbody>${delivery.parts.map((each) => partRow(each, mapping, open, verbs))}</tbody></table></div></section>`;
}

function partRow(part: Part, mapping: Record<string, string>, open: boolean, verbs: Verbs): TemplateResult {
  const target = mapping[part.key] ?? part.target;
  const facts = [part.facts.crs, part.facts.encoding].filter((each) => typeof each === "string" && each);
  return html`<tr><td class="el" title=${part.key}>${part.key.split("/").pop()}<small>${part.facts.geometry ?? part.kind} ${part.rows ?? part.facts.count ?? ""}</small></td>
    <td><small>${facts.join(" · ")}</small></td>
    <td>${open ? html`<input class="dv-in" list="dv-slugs" aria-label=${say.target()} .value=${target} placeholder=${say.leaveOut()} pattern="[a-z0-9_\\-]*" @change=${(event: Event) => verbs.remap(part.key, (event.target as HTMLInputElement).value.trim())} />` : html`<code>${target || say.leaveOut()}</code>`}</td></tr>`;
}

/** What can be done in each state; the first is the main one. */
const ACTIONS: Record<string, string[]> = {
  staged: ["publish", "cancel"], approval: ["approve", "cancel"], running: ["cancel"], received: ["cancel"], waiting: ["retry", "cancel"],
  failed: ["retry"], cancelled: ["retry"], refused: ["retry"], published: ["rollback"],
};

export function footer(shown: Shown, verbs: Verbs): TemplateResult {
  const { delivery, busy, fault } = shown;
  const can = ACTIONS[delivery.status] ?? [];
  const names: Record<string, () => string> = { publish: say.publish, approve: say.approve, cancel: say.cancel, retry: say.retry, rollback: say.rollback };
  const blocked = delivery.status === "staged" && !delivery.is_confirmed;
  return html`<footer class="dv-foot">${fault ? html`<span class="no" role="alert">${fault}</span>` : html`<span>${icon("info-circle", 16)}${say.hints[delivery.status]?.() ?? ""}</span>`}<span class="sp"></span>
    ${[...can].reverse().map((action) => html`<button class="btn ${action === can[0] && action !== "rollback" ? "p" : ""}" ?disabled=${busy !== "" || (action === "publish" && blocked)} title=${action === "publish" && blocked ? say.hints.staged!() : ""} @click=${() => verbs.act(action)}>${names[action]!()}</button>`)}</footer>`;
}
