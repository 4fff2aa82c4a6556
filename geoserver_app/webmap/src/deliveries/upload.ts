// An upload: files in pieces, one after the other, gone on with where they broke off.
import { remember, remembered } from "../preferences";
import { ask, Refused, send } from "./api";
import type { Upload } from "./api";

const PIECE = 8 * 2 ** 20;
const TRIES = 6;
export interface Chosen { path: string; file: File }

/** What was dropped: files, and the files of folders with their paths. */
export async function dropped(items: DataTransferItemList): Promise<Chosen[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (await Promise.all(entries.map((entry) => inside(entry, "")))).flat();
}

export const picked = (files: FileList): Chosen[] => [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

async function inside(entry: FileSystemEntry, folder: string): Promise<Chosen[]> {
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    // A folder is told a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map((each) => inside(each, `${path}/`)))).flat();
}

export class Sending {
  received = 0;
  state: "sending" | "hashing" | "done" | "failed" = "sending";
  problem = "";
  delivery = "";
  private isStopped = false;
  private upload: Upload | null = null;
  private readonly began = performance.now();
  private atFirst = 0;

  constructor(readonly chosen: Chosen[], private readonly tell: () => void) {}

  get name(): string {
    const first = this.chosen[0]?.path ?? "";
    return first.includes("/") ? first.slice(0, first.indexOf("/")) : first;
  }

  get bytes(): number {
    return this.chosen.reduce((sum, each) => sum + each.file.size, 0);
  }

  get secondsLeft(): number | null {
    const sent = this.received - this.atFirst;
    return sent > PIECE ? ((this.bytes - this.received) / sent) * ((performance.now() - this.began) / 1000) : null;
  }

  /** The same files again are the same upload: its number is remembered until it ends. */
  private get memory(): string {
    return `upload.${this.chosen.map((each) => `${each.path}:${each.file.size}:${each.file.lastModified}`).join("|").slice(0, 2000)}`;
  }

  async run(): Promise<void> {
    this.state = "sending";
    this.problem = "";
    try {
      this.upload = await this.begun();
      this.received = this.atFirst = this.upload.received;
      for (const [at, file] of this.upload.files.entries()) {
        let offset = file.offset;
        while (offset < file.size && !this.isStopped) {
          const next = await this.piece(at, offset);
          this.received += next - offset;
          offset = next;
          this.tell();
        }
      }
      if (!this.isStopped) await this.finish();
    } catch (error) {
      this.state = "failed";
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.tell();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    remember(this.memory, "");
    if (this.upload) await ask(`uploads/${this.upload.id}`, "DELETE").catch(() => undefined);
  }

  private async begun(): Promise<Upload> {
    const known = remembered(this.memory);
    if (known) {
      const found = await ask<Upload>(`uploads/${known}`).catch(() => null);
      if (found?.state === "open") return found;
    }
    const made = await ask<Upload>("uploads", "POST", { name: this.name, files: this.chosen.map((each) => ({ path: each.path, size: each.file.size })) });
    remember(this.memory, made.id);
    return made;
  }

  private async piece(at: number, offset: number): Promise<number> {
    const file = this.upload!.files[at]!;
    const piece = this.chosen[at]!.file.slice(offset, offset + PIECE);
    for (let tried = 1; ; tried += 1) {
      try {
        return await send(file, piece, offset);
      } catch (error) {
        // The server's own refusal stands; a line that broke is tried again, longer each time.
        if (tried === TRIES || (error instanceof Refused && error.status < 500)) throw error;
        await new Promise((done) => setTimeout(done, 500 * 2 ** tried));
      }
    }
  }

  private async finish(): Promise<void> {
    this.state = "hashing";
    this.tell();
    for (;;) {
      const told = await ask<Upload>(`uploads/${this.upload!.id}/finish`, "POST", {});
      if (told.delivery) {
        this.delivery = told.delivery;
        break;
      }
      await new Promise((done) => setTimeout(done, 1000));
    }
    remember(this.memory, "");
    this.state = "done";
  }
}
