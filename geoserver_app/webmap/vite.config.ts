import { defineConfig } from "vite";
import { compress } from "./build/compress";
import { icons } from "./build/icons";

// `npm run dev` shows the map against a running server (GEOBASE=http://127.0.0.1:8000).
const server = process.env.GEOBASE ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/map/",
  plugins: [icons("src/ui/icons.json"), compress()],
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 900,
    rollupOptions: { input: { index: "index.html", deliveries: "deliveries.html" } },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/map/config", "/map/search", "/map/codes", "/tiles", "/wms", "/ogc", "/accounts", "/admin", "/deliveries/api"].map((path) => [path, server]),
    ),
  },
});
