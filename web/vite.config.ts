import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./tools/precompress.ts";
import { wordsByModule } from "./tools/words.ts";

export default defineConfig({
  plugins: [react(), wordsByModule(), precompress()],
  resolve: { alias: { "d3-color": resolve(import.meta.dirname, "src/canvas/no_colours.ts") } },
  build: {
    target: "es2024",
    // Names carry hashes, so the program may call /assets/* immutable.
    assetsDir: "assets",
    // Our content security policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // What many screens share is one file for each kind of thing: packed together it is smaller, and
        // the first screen needs most of it.
        codeSplitting: {
          groups: [
            { name: "icons", test: /lucide-react/, minShareCount: 2, priority: 3 },
            { name: "kit", test: /\/src\/(api|app|i18n|keys|ui)\//, minShareCount: 5, priority: 2 },
            {
              // A file for each would be more than what is in it.
              name: "shared",
              test: /\/src\/(data|model|flows|releases|runs|exceptions|settlements|alerts)\//,
              minShareCount: 3,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  server: {
    // WEFT_URL=http://127.0.0.1:8080 npm run dev: the screens from here, the API from a program.
    proxy: process.env.WEFT_URL ? { "/api": { target: process.env.WEFT_URL } } : {},
  },
});
