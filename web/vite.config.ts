import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { withoutInlineStyles } from "./vite/csp.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Where `npm run dev` finds the edge: HOLDFAST_API, as `make run` prints it. */
const EDGE = process.env.HOLDFAST_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [withoutInlineStyles(), react(), tailwindcss()],
  resolve: {
    alias: {
      "@holdfast/client": path("../clients/typescript/src/index.ts"),
      "@": path("./src"),
      // Formulas are parsed without the browser: its parser reports their styles to the policy.
      "hast-util-from-html-isomorphic": path(
        "./node_modules/hast-util-from-html-isomorphic/lib/index.js",
      ),
    },
    dedupe: ["openapi-fetch", "react", "react-dom"],
  },
  // Pre-bundling would go around the plugin above.
  optimizeDeps: { exclude: ["sonner"] },
  server: { proxy: { "/v1": { target: EDGE, ws: true } } },
  build: {
    target: "es2023",
    // Nothing inlined as data: what is not a file of ours cannot be cached or named in a policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs, in two files that outlive releases of ours.
          groups: [
            {
              name: "base",
              test: /node_modules\/(react|react-dom|scheduler|@tanstack|i18next|react-i18next)\//,
              priority: 2,
            },
            {
              name: "parts",
              test: /node_modules\/(@radix-ui|radix-ui|@floating-ui|tailwind-merge|clsx|class-variance-authority|sonner|react-remove-scroll|aria-hidden|cmdk)\//,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  // A machine may be busy with much else; whoever waits for a condition never waits for time.
  test: {
    environment: "node",
    include: ["tests/**/*.test.{ts,tsx}"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
