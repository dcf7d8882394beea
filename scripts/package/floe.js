#!/usr/bin/env node
// What `npx floe` runs. In a checkout the sources run as they are, so that nothing has to be built after `npm ci`; the published
// package has no sources, and runs what they were compiled to. npm has one `bin` for both, so it names this file, in plain
// JavaScript: Node does not strip types under `node_modules`, and an old Node can still print what it needs.
import { existsSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`floe: expected Node 22.18 or later, got ${process.versions.node}. Install a newer one.`)
  process.exit(1)
}
const source = new URL('../../src/cli/main.ts', import.meta.url)
await import(existsSync(source) ? source : new URL('../../dist/cli/main.js', import.meta.url))
