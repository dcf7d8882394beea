// What documentation says that a test can hold.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { Metrics } from '../src/runtime/metrics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => text(join(folder, file)))
}

function names(content: string, pattern: RegExp): string[] {
  return [...new Set([...content.matchAll(pattern)].map(([, name]) => name ?? ''))].sort()
}

describe('metrics', () => {
  const code = sources('src').join('\n')
  /** By name, with their labels. */
  const defined = new Map(
    [
      ...code.matchAll(
        /\b(counter|gauge|duration)\(\s*'(floe_[a-z0-9_]+)',\s*(?:'[^']*'|"[^"]*"),?\s*(\[[^\]]*\])?/g,
      ),
    ].map(([, kind, name = '', labels = '']) => [
      name,
      { kind, labels: names(labels, /'([a-z_]+)'/g).concat(kind === 'duration' ? ['le'] : []) },
    ]),
  )
  const operations = text('docs/operations.md')
  const rules = (
    parse(text('docs/monitoring/alerts.yml')) as {
      groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[]
    }
  ).groups.flatMap((group) => group.rules)
  const panels = (
    JSON.parse(text('docs/monitoring/dashboard.json')) as {
      panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[]
    }
  ).panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })))
  const expressions = [...rules, ...panels].map(({ expr }) => expr)

  /** Names of metrics in an expression, histograms without what their series add. */
  function used(expr: string): string[] {
    return names(expr, /\b((?:floe|process|nodejs)_[a-z0-9_]+)/g).map((name) => {
      const histogram = name.replace(/_(bucket|sum|count)$/, '')
      return defined.get(histogram)?.kind === 'duration' ? histogram : name
    })
  }

  test('are found in the code, every one of them', () => {
    expect([...defined.keys()].sort()).toEqual(names(code, /'(floe_[a-z0-9_]+)'/g))
    expect(defined.size).toBeGreaterThan(10)
  })

  test('are listed in docs/operations.md, with their labels, and no others', () => {
    const documented = [...operations.matchAll(/^\| `(floe_[a-z0-9_]+)` \| ([a-z_, ]*)\|/gm)].map(
      ([, name, labels = '']) => [name, names(labels, /([a-z_]+)/g)],
    )
    const labelled = [...defined].map(([name, { labels }]) => [
      name,
      labels.filter((label) => label !== 'le').sort(),
    ])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(labelled))
  })

  test('are all on the dashboard', () => {
    const shown = new Set(panels.flatMap(({ expr }) => used(expr)))
    expect([...defined.keys()].filter((name) => !shown.has(name))).toEqual([])
  })

  test('that alerts and the dashboard ask for exist', async () => {
    const process = new Metrics({ processMetrics: true })
    const standard = (await process.registry.getMetricsAsJSON()).map(({ name }) => name)
    const asked = new Set(expressions.flatMap(used))
    expect(asked.size).toBeGreaterThan(10)
    expect([...asked].filter((name) => !defined.has(name) && !standard.includes(name))).toEqual([])
  })

  test('have the labels, and the values of labels, that alerts and the dashboard ask for', () => {
    // From Prometheus itself, for everything it scrapes.
    const targets = ['job', 'instance']
    for (const { expr, legendFormat } of [
      ...panels,
      ...rules.map((rule) => ({ ...rule, legendFormat: '' })),
    ]) {
      const known = new Set([...targets, ...used(expr).flatMap((name) => defined.get(name)?.labels ?? [])])
      const matchers = [...expr.matchAll(/([a-z_]+)\s*(=~?|!~?)"([^"]*)"/g)]
      const asked = [
        ...matchers.map(([, label = '']) => label),
        ...names(expr, /\bby \(([^)]*)\)/g).flatMap((list) => names(list, /([a-z_]+)/g)),
        ...names(legendFormat, /\{\{([a-z_]+)\}\}/g),
      ]
      expect(asked.filter((label) => !known.has(label))).toEqual([])
      const values = matchers.flatMap(([, label = '', operator, value = '']) =>
        operator === '=' && !targets.includes(label) ? [value] : [],
      )
      expect(values.filter((value) => !code.includes(`'${value}'`))).toEqual([])
    }
  })

  test('that alert have a runbook that says what to do', () => {
    expect(rules.length).toBeGreaterThan(8)
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`)
      expect(operations).toMatch(new RegExp(`^### ${alert}\n\n[A-Z\`]`, 'm'))
    }
    expect(names(operations, /^### (Floe\w+)$/gm)).toEqual(rules.map(({ alert }) => alert).sort())
  })
})

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> }
  const documents = ['README.md', 'CONTRIBUTING.md', 'docs/operations.md'].map(text)
  const named = names(documents.join('\n'), /npm run ([a-z:-]+)/g)
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test.each(['README.md', 'docs/operations.md'])('relative links in %s lead somewhere', (file) => {
  const links = names(text(file), /\]\(((?!http)[^)#]+)\)/g)
  expect(links.length).toBeGreaterThan(0)
  expect(links.filter((link) => !existsSync(join(root, file, '..', link)))).toEqual([])
})
