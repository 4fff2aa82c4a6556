// The deliveries' REST (docs/deliveries.md) as this page uses it.
const HOME = "/deliveries/api";
export type Severity = "blocking" | "warning" | "info";
export interface Progress { what: string; done: number; total: number; rate: number; seconds_left: number | null }
export interface Brief {
  sha256: string; id: number; name: string; title: string; contractor: string; status: string; problem: string; received: string; actor: string;
  survey_date: string | null; bytes: number; files: number; step: string | null; progress: Progress | null;
}
export interface Step { state: string; seconds?: number; done?: number; total?: number }
export interface Part { key: string; kind: string; target: string; state: string; rows: number | null; facts: Record<string, unknown> }
export interface Preview { base?: number; added?: number; changed?: number; removed?: number; unchanged?: number; blocked?: boolean; areas?: { code: string; before: number; after: number }[] }
export interface Delivery extends Brief {
  mode: string; is_confirmed: boolean; submitted_by: string; approved_by: string; steps: Record<string, Step>; parts: Part[];
  preview: Record<string, Preview>; counts: Partial<Record<Severity, number>>; rows: Record<string, number>;
  published: { layer: string; version: number }[];
}
export interface Finding { id: string; severity: Severity; zh: string; en: string; file: string; layer: string; count: number; bounds: [number, number, number, number] | null; step: string }
export interface UploadFile { path: string; size: number; offset: number; href: string }
export interface Upload { id: string; state: string; problem: string; bytes: number; received: number; delivery: string | null; files: UploadFile[] }

/** A request that was answered with a fault, in the server's own words. */
export class Refused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

function token(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

export async function ask<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const answer = await fetch(path.startsWith("/") ? path : `${HOME}/${path}`, {
    method,
    headers: { Accept: "application/json", ...(method === "GET" ? {} : { "Content-Type": "application/json", "X-CSRFToken": token() }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Refused(answer.status, await fault(answer));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export async function fault(answer: Response): Promise<string> {
  try {
    const told = (await answer.json()) as { detail?: string; title?: string };
    return told.detail ?? told.title ?? `HTTP ${answer.status}`;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

/** Send a piece of a file; the offset that the server has then. */
export async function send(file: UploadFile, piece: Blob, start: number): Promise<number> {
  const answer = await fetch(file.href, {
    method: "PUT",
    headers: { "Content-Range": `bytes ${start}-${start + piece.size - 1}/${file.size}`, "X-CSRFToken": token() },
    body: piece,
  });
  if (answer.status === 409) return Number(answer.headers.get("Upload-Offset") ?? start);
  if (!answer.ok) throw new Refused(answer.status, await fault(answer));
  return ((await answer.json()) as { offset: number }).offset;
}

export const list = (status: string, text: string): Promise<{ deliveries: Brief[] }> =>
  ask(`deliveries?limit=100&status=${encodeURIComponent(status)}&q=${encodeURIComponent(text)}`);
export const read = (sha: string): Promise<Delivery> => ask(`deliveries/${sha}`);
export const findings = (sha: string): Promise<{ total: number; findings: Finding[] }> => ask(`deliveries/${sha}/findings?limit=200`);
export const changes = (sha: string, layer: string): Promise<object> => ask(`deliveries/${sha}/changes?limit=2000&layer=${encodeURIComponent(layer)}`);
export const act = (sha: string, action: string): Promise<Delivery> => ask(`deliveries/${sha}/${action}`, "POST", {});
export const confirm = (sha: string, mapping: Record<string, string>, mode: string): Promise<Delivery> => ask(`deliveries/${sha}/mapping`, "PUT", { mapping, ...(mode ? { mode } : {}) });
