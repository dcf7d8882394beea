// Compiles src/coding/kernel/assembly to the two WebAssembly modules and writes them, in base64, to
// src/coding/kernel/generated. The compiler is pinned and deterministic: `--check` fails if the committed
// files differ from what the source compiles to.
//
// Use: node scripts/kernel/build.ts [--check]

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('../../', import.meta.url))

const builds = [
  { name: 'relaxed', title: 'relaxed SIMD', features: ['--enable', 'simd', '--enable', 'relaxed-simd'] },
  { name: 'simd', title: 'SIMD128', features: ['--enable', 'simd'] },
] as const

type Build = (typeof builds)[number]

const entry = 'src/coding/kernel/assembly/index.ts'
const shape = ['--runtime', 'stub', '--noAssert', '--disable', 'bulk-memory', '--maximumMemory', '65536']

async function compile(build: Build): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined
  const errors: (string | Uint8Array)[] = []
  const { error } = await asc.main([entry, '-O3', '--outFile', 'kernel.wasm', ...shape, ...build.features], {
    stderr: { write: (text: string | Uint8Array): number => errors.push(text) },
    readFile: readSource,
    writeFile(name: string, contents: Uint8Array | string): void {
      if (name === 'kernel.wasm' && typeof contents !== 'string') compiled = Uint8Array.from(contents)
    },
  })
  if (error || !compiled) throw new Error(`the ${build.title} kernel does not compile:\n${errors.join('')}`)
  return compiled
}

async function readSource(name: string, base: string): Promise<string | null> {
  try {
    return await readFile(new URL(name, `file://${base.startsWith('/') ? base : root}/`), 'utf8')
  } catch {
    // The compiler looks for a module in several places; null means that this one does not have it.
    return null
  }
}

function render(build: Build, compiled: Uint8Array): string {
  return [
    `// The kernel for WebAssembly with ${build.title}, ${compiled.length} bytes in base64.`,
    '// Made from src/coding/kernel/assembly by scripts/kernel/build.ts; run npm run generate, never edit.',
    '',
    `export const ${build.name}Module: string =`,
    `  '${Buffer.from(compiled).toString('base64')}'`,
    '',
  ].join('\n')
}

async function main(): Promise<void> {
  const check = process.argv.includes('--check')
  for (const build of builds) {
    const path = `src/coding/kernel/generated/${build.name}.ts`
    const file = new URL(`../../${path}`, import.meta.url)
    const text = render(build, await compile(build))
    if (!check) {
      await writeFile(file, text)
      console.log(`wrote ${path}`)
    } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
      console.error(`${path} differs from what src/coding/kernel/assembly compiles to: run npm run generate`)
      process.exitCode = 1
    }
  }
}

await main()
