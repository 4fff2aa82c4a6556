// Writes a .gz beside every text file of the build, so that the server never compresses at request time.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

export function compress(): Plugin {
  let folder = "";
  return {
    name: "geobase-compress",
    apply: "build",
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir, config.build.assetsDir);
    },
    writeBundle: () => {
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const packed = gzipSync(readFileSync(join(folder, name)), { level: constants.Z_BEST_COMPRESSION });
        writeFileSync(join(folder, `${name}.gz`), packed);
      }
    },
  };
}
