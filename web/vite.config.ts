/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How the interface is built: hashed files into ../build/web, libraries in chunks of their own that stay
 * in the browser's cache when a page changes. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const apid = process.env.VESTNIK_APID ?? "http://127.0.0.1:8080";

/* What the first page is made of: two files, so that it does not wait for dozens of small ones. */
const first = [here("src/app/start.tsx"), here("src/pages/start/StartPage.tsx")];
const isLibrary = (id: string) => id.includes("/node_modules/");

interface Modules {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

/* `roots` and all that they import, but not what they fetch later. */
function reach(roots: readonly string[], modules: Modules): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    modules.getModuleInfo(id)?.importedIds.forEach(visit);
  };
  roots.forEach(visit);
  return found;
}

let ofFirst: ReadonlySet<string> | undefined;
let ofEntry: ReadonlySet<string> | undefined;

function chunkOf(id: string, modules: Modules): string | null {
  ofFirst ??= reach(first, modules);
  ofEntry ??= reach([here("src/main.ts")], modules);
  if (!ofFirst.has(id) || ofEntry.has(id)) return null;
  return isLibrary(id) ? "libraries" : "first";
}

/* The first script asks for the files of the first page; the browser may begin before it has run. */
function preloadFirst(): Plugin {
  return {
    name: "preload-first",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle = {} }) =>
        Object.values(bundle)
          .filter((file) => file.type === "chunk" && ["start", "StartPage", "first", "libraries", "rolldown-runtime"].includes(file.name))
          .map(({ fileName }) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: "", href: `/${fileName}` }, injectTo: "head" })),
    },
  };
}

export default defineConfig({
  plugins: [react(), preloadFirst()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    outDir: here("../build/web"),
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // Nothing inlined as data: the Content-Security-Policy asks every file of the same origin.
    assetsInlineLimit: 0,
    // All style sheets weigh less than the requests for thirty of them.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: chunkOf, debugName: "first page" }],
          includeDependenciesRecursively: false,
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
