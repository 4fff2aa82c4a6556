// The tools there are: the rail, the keys and the help page are made from this list, so no button can be dead.
import type { TemplateResult } from "lit";

export interface Tool {
  id: string;
  icon: string;
  /** Words of the catalogue, read when shown. */
  title: () => string;
  /** The letter that opens it. */
  key: string;
  /** Where on the rail. */
  place: "top" | "bottom";
  /** What its dock shows. */
  panel?: { side: "left" | "right"; view: () => TemplateResult };
  activate: () => void;
  deactivate?: () => void;
  /** A click on the map while it is the tool; false = not taken, so the map is queried. */
  click?: (place: [number, number]) => boolean;
  /** One step back; false = there was none to take. */
  back?: () => boolean;
}

const tools: Tool[] = [];
export const register = (tool: Tool): void => {
  tools.push(tool);
};
export const all = (): readonly Tool[] => tools;
export const tool = (id: string): Tool | undefined => tools.find((each) => each.id === id);
