import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// One script and one style sheet with fixed names: Django's page names them, and the static finders serve them.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../../templates/static/canvas",
    emptyOutDir: true,
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      input: "src/main.tsx",
      output: { entryFileNames: "canvas.js", assetFileNames: "canvas[extname]", codeSplitting: false },
    },
  },
});
