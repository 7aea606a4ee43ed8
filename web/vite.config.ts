import { defineConfig, type Plugin } from "vite";

const BUNDLED = ["@dagrejs/dagre", "@dagrejs/graphlib"];

/** Puts the licences of bundled packages at the start of the script, as they ask. */
function licences(): Plugin {
  return {
    name: "licences",
    async generateBundle(_, bundle) {
      const texts = new Set<string>();
      for (const each of BUNDLED) {
        texts.add(await this.fs.readFile(`node_modules/${each}/LICENSE`, { encoding: "utf8" }));
      }
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") file.code = `/*! With ${BUNDLED.join(", ")}:\n\n${[...texts].join("\n")}*/\n${file.code}`;
      }
    },
  };
}

/** One script and one style sheet, beside the Python that puts them into a page. */
export default defineConfig({
  plugins: [licences()],
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
