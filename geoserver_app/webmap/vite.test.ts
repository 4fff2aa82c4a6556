// Bundles the unit tests (src/**/*.test.ts) for node's own test runner.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { defineConfig } from "vite";

function tests(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? tests(join(folder, entry.name)) : entry.name.endsWith(".test.ts") ? [join(folder, entry.name)] : [],
  );
}

export default defineConfig({
  build: {
    ssr: true,
    outDir: ".tests",
    emptyOutDir: true,
    target: "node20",
    rollupOptions: {
      input: Object.fromEntries(tests("src").map((file) => [basename(file, ".ts"), file])),
      output: { entryFileNames: "[name].mjs" },
    },
  },
  ssr: { noExternal: true },
});
