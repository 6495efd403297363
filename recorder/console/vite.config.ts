// How Vite builds the console: into dist/, with hashed names, and a compressed copy beside every
// file, so that the recorder serves bytes and never compresses. No file names another host.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const DIST = fileURLToPath(new URL("dist", import.meta.url));
const COMPRESSED = /\.(?:html|js|css|svg)$/;
/** The recorder that `npm run dev` shows; another one by TAPELINE_RECORDER. */
const DEV_RECORDER = process.env["TAPELINE_RECORDER"] ?? "http://127.0.0.1:8080";

function compressBeside(): Plugin {
  let folder = DIST;
  return {
    name: "compress-beside",
    apply: "build",
    configResolved: ({ build }) => void (folder = build.outDir),
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !COMPRESSED.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  build: {
    outDir: DIST,
    emptyOutDir: true,
    target: "es2022",
    // A data: URL would need more of the Content-Security-Policy than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  plugins: [compressBeside()],
  server: { proxy: { "/api": { target: DEV_RECORDER, ws: true } } },
});
