import { svelte } from '@sveltejs/vite-plugin-svelte'
import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Plugin, Rolldown } from 'vite'
import { defineConfig } from 'vitest/config'
import { patrolIcons } from './src/patrol/icons/icons.ts'

const here = (name: string) => resolve(import.meta.dirname, name)
const WORKER = 'patrol-sw' // the service worker's file has no hash in its name: its address must never change
const worker = here('src/patrol/sw.ts')

/** Writes patrol-files.json: every file that /patrol needs, for the service worker to keep. */
function patrolFiles(): Plugin {
  return {
    name: 'patrol-files',
    generateBundle(_options, bundle) {
      const files = new Set<string>()
      const add = (name: string): void => {
        const chunk = bundle[name]
        if (!chunk || files.has(name)) return
        files.add(name)
        if (chunk.type !== 'chunk') return
        chunk.viteMetadata?.importedCss.forEach((each) => files.add(each))
        chunk.viteMetadata?.importedAssets.forEach((each) => files.add(each))
        for (const each of [...chunk.imports, ...chunk.dynamicImports]) add(each)
      }
      const isEntry = (each: Rolldown.OutputAsset | Rolldown.OutputChunk): each is Rolldown.OutputChunk =>
        each.type === 'chunk' && each.isEntry && basename(each.facadeModuleId ?? '') === 'patrol.html'
      const entry = Object.values(bundle).find(isEntry)
      if (entry) add(entry.fileName)
      const source = JSON.stringify({ files: [...files].sort().map((name) => `/${name}`) }, null, 1)
      this.emitFile({ type: 'asset', fileName: 'patrol-files.json', source })
    },
  }
}

export default defineConfig({
  plugins: [svelte(), patrolFiles(), patrolIcons()],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: {
        index: here('index.html'),
        patrol: here('patrol.html'),
        ...(existsSync(worker) ? { [WORKER]: worker } : {}),
      },
      output: { entryFileNames: (chunk) => (chunk.name === WORKER ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
