/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How the interface is built: hashed files into ../build/web, libraries in chunks of their own that stay
 * in the browser's cache when a page changes. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const apid = process.env.VESTNIK_APID ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    outDir: here("../build/web"),
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // Nothing inlined as data: the Content-Security-Policy asks every file of the same origin.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "react",
              test: /node_modules[\\/](react|react-dom|react-router|scheduler|@tanstack|i18next|react-i18next|dayjs)[\\/]/,
              priority: 2,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      // As a browser sends them to apid itself, so that its checks against foreign pages hold.
      "/v1": { target: apid, changeOrigin: true, headers: { origin: apid } },
    },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts", "src/**/*.test.tsx"],
    restoreMocks: true,
  },
});
