import { defineConfig } from "vite";

/** One script and one style sheet, beside the Python that puts them into a page. */
export default defineConfig({
  build: {
    outDir: "../src/chainrule/explore/page/built",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      input: "src/main.ts",
      output: {
        format: "iife",
        entryFileNames: "explorer.js",
        assetFileNames: "explorer.[ext]",
      },
    },
  },
  worker: { format: "iife" },
});
