// Makes the module "virtual:icons": one SVG sprite of the @tabler/icons outlines named in src/ui/icons.json.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const ID = "virtual:icons";
const require = createRequire(import.meta.url);

function symbol(name: string): string {
  const path = require.resolve(`@tabler/icons/icons/outline/${name}.svg`);
  const source = readFileSync(path, "utf8");
  const body = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
  const drawn = body
    .replace(/<path stroke="none"[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${drawn}</symbol>`;
}

export function icons(list: string): Plugin {
  return {
    name: "geobase-icons",
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    load(id) {
      if (id !== `\0${ID}`) return null;
      this.addWatchFile(list);
      const names = JSON.parse(readFileSync(list, "utf8")) as string[];
      return `export default ${JSON.stringify(names.map(symbol).join(""))};`;
    },
  };
}
