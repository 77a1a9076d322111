import { defineConfig } from 'vite';

// Writes beside the hand-written assets; git ignores the folder. Names carry no hash: the node puts one over all assets
// into every address.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: '../wwwroot/lib',
    emptyOutDir: true,
    target: 'es2021',
    cssTarget: 'esnext',
    modulePreload: false,
    rollupOptions: {
      input: { portal: 'src/portal.ts', console: 'src/console.ts', tabler: 'src/tabler.css' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunk-[name].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
});
