// Makes the module "virtual:icons": one SVG sprite of the @tabler/icons outlines named in src/ui/icons.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const ID = "virtual:icons";
const OUTLINES = "node_modules/@tabler/icons/icons/outline";

function symbol(root: string, name: string): string {
  const source = readFileSync(join(root, OUTLINES, `${name}.svg`), "utf8");
  const body = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
  const drawn = body
    .replace(/<path stroke="none"[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${drawn}</symbol>`;
}

export function icons(list: string): Plugin {
  let root = "";
  return {
    name: "geobase-icons",
    configResolved: (config) => {
      root = config.root;
    },
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    load(id) {
      if (id !== `\0${ID}`) return null;
      const path = join(root, list);
      this.addWatchFile(path);
      const names = JSON.parse(readFileSync(path, "utf8")) as string[];
      return `export default ${JSON.stringify(names.map((name) => symbol(root, name)).join(""))};`;
    },
  };
}
