// SPDX-License-Identifier: EUPL-1.2
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** The typeface is no script, so the list of licences would leave it out. */
const typeface: Plugin = {
  name: "typeface-licence",
  generateBundle() {
    const file = "node_modules/@fontsource-variable/atkinson-hyperlegible-next/LICENSE";
    this.emitFile({
      type: "asset",
      fileName: "licence-typeface.txt",
      source: readFileSync(new URL(file, import.meta.url)),
    });
  },
};

/** The tightest would take four times as long for 4 % less. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** Packs each file once, beside it: the server sends what a browser takes. */
const packed: Plugin = {
  name: "packed",
  apply: "build",
  writeBundle({ dir = "" }) {
    for (const name of readdirSync(dir, { recursive: true }) as string[]) {
      if (!/\.(js|css|svg|html)$/.test(name)) continue;
      const bytes = readFileSync(join(dir, name));
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes, BROTLI));
      writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};

/** Where the API answers while developing: the mock, or `jumeau serve` on another port. */
const api = process.env.JUMEAU_API ?? "http://127.0.0.1:8123";

export default defineConfig({
  // Relative addresses: the page works under any prefix.
  base: "./",
  plugins: [typeface, packed],
  build: {
    outDir: "../src/jumeau/web/static",
    emptyOutDir: true,
    // The notices that the licences of what is bundled ask to carry.
    license: { fileName: "licences.txt" },
    target: "es2023",
    // The polyfill would be dead code in every browser that runs MapLibre 6.
    modulePreload: { polyfill: false },
    // The map is one big lazy chunk, on purpose.
    chunkSizeWarningLimit: 1700,
  },
  worker: { format: "es" },
  optimizeDeps: { exclude: ["maplibre-gl"] },
  server: {
    proxy: { "/api": api, "/tiles": api, "/collections": api, "/openapi.json": api },
  },
});
