// The one sketch there is while measuring.
import { session } from "../../session";
import { Sketch } from "./sketch";

let current: Sketch | null = null;

export function sketch(): Sketch {
  current ??= new Sketch(() => session().set({}));
  return current;
}

export const leave = (): void => session().set({ tool: "layers", rightOpen: session().state.inquiry !== null });
