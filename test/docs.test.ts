// Holds the documents to the code: metrics, alerts, dashboard, npm scripts and links.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { L1_AGE_SECONDS_DEFAULT } from '../src/l1/head-watch.ts'
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

  /** Names of metrics in an expression; those of histograms without the suffix of their series. */
  function used(expr: string): string[] {
    return names(expr, /\b((?:floe|process|nodejs)_[a-z0-9_]+)/g).map((name) => {
      const histogram = name.replace(/_(bucket|sum|count)$/, '')
      return defined.get(histogram)?.kind === 'duration' ? histogram : name
    })
  }

  test('every metric in the code is found by this test', () => {
    expect([...defined.keys()].sort()).toEqual(names(code, /'(floe_[a-z0-9_]+)'/g))
    expect(defined.size).toBeGreaterThan(10)
  })

  test('docs/operations.md lists exactly the metrics of the code, with their labels', () => {
    const documented = [...operations.matchAll(/^\| `(floe_[a-z0-9_]+)` \| ([a-z_, ]*)\|/gm)].map(
      ([, name, labels = '']) => [name, names(labels, /([a-z_]+)/g)],
    )
    const labelled = [...defined].map(([name, { labels }]) => [
      name,
      labels.filter((label) => label !== 'le').sort(),
    ])
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(labelled))
  })

  test('every metric is on the dashboard', () => {
    const shown = new Set(panels.flatMap(({ expr }) => used(expr)))
    expect([...defined.keys()].filter((name) => !shown.has(name))).toEqual([])
  })

  test('every metric in an alert or on the dashboard exists', async () => {
    const process = new Metrics({ processMetrics: true })
    const standard = (await process.registry.getMetricsAsJSON()).map(({ name }) => name)
    const asked = new Set(expressions.flatMap(used))
    expect(asked.size).toBeGreaterThan(10)
    expect([...asked].filter((name) => !defined.has(name) && !standard.includes(name))).toEqual([])
  })

  test('every label and label value in an alert or on the dashboard exists', () => {
    // Prometheus adds these labels to everything that it scrapes.
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

  test('one alert covers the age of L1 in every service, at the default of --l1-age-max', () => {
    const ages = [...defined.keys()].filter((name) => name.endsWith('_chain_age_seconds')).sort()
    expect(ages).toHaveLength(3)
    const { expr = '', alert } = rules.find((rule) => used(rule.expr).join() === ages.join()) ?? {}
    expect(alert).toBe('FloeL1StandsStill')
    expect(names(expr, /> (\d+)/g)).toEqual([String(L1_AGE_SECONDS_DEFAULT)])
  })

  test('every alert has a runbook in docs/operations.md', () => {
    expect(rules.length).toBeGreaterThan(8)
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`)
      expect(operations).toMatch(new RegExp(`^### ${alert}\n\n[A-Z\`]`, 'm'))
    }
    expect(names(operations, /^### (Floe\w+)$/gm)).toEqual(rules.map(({ alert }) => alert).sort())
  })
})

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
]

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> }
  const named = names(documents.map(text).join('\n'), /npm run ([a-z:-]+)/g)
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('relative links of every document lead to a file', () => {
  const links = documents.flatMap((file) =>
    names(text(file), /\]\(((?!http)[^)#]+)\)/g).map((link) => join(file, '..', link)),
  )
  expect(links.length).toBeGreaterThan(20)
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([])
})

test('source files that a document names exist', () => {
  const named = documents.flatMap((file) =>
    names(text(file), /((?:src|test|scripts|contracts)\/[\w./-]+\.(?:tsx?|sol|json))/g),
  )
  expect(named).toContain('src/sidecar/batch-intake.ts')
  expect([...new Set(named)].filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test('the architecture names every folder of the source', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  const diagram = /```\n([\s\S]*?)```/.exec(text('docs/architecture.md'))?.[1] ?? ''
  expect(
    folders.filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(diagram)).map(({ name }) => name),
  ).toEqual([])
})

test('docs/api.md describes every route of storage nodes and sidecars', () => {
  const api = text('docs/api.md').replaceAll(/\{(\w+)\}/g, ':$1')
  const routes = ['src/node/server.ts', 'src/sidecar/http/native.ts', 'src/sidecar/http/op-stack.ts'].flatMap(
    (file) => names(text(file), /\.(?:get|post|all)\(\[?['`](\/[^'`]*)['`]/g),
  )
  expect(routes.length).toBeGreaterThan(10)
  const written = routes.flatMap((route) =>
    route.includes('${side}')
      ? [route.replace('${side}', 'row'), route.replace('${side}', 'column')]
      : [route],
  )
  // The second of two like paths is written as its end.
  const described = (route: string): boolean =>
    api.includes(route) || api.includes(`…${route.replace(/^.*:digest/, '')}`)
  expect(written.filter((route) => !described(route))).toEqual([])
})

test('docs/api.md has every error code with its status', () => {
  const rows = new Map(
    [...text('docs/api.md').matchAll(/^\| (`.*`) \| (\d{3}) \| (yes|no) \|/gm)].flatMap(
      ([, codes = '', status, again]) =>
        names(codes, /`([a-z-]+)`/g).map((code) => [
          code,
          { status: Number(status), retryable: again === 'yes' },
        ]),
    ),
  )
  const codes = [
    ...text('src/protocol/errors.ts').matchAll(/^ {2}'?([a-z-]+)'?: \{ status: (\d+), retryable: (\w+) \}/gm),
  ]
  expect(codes.length).toBeGreaterThan(15)
  expect(rows).toEqual(
    new Map(
      codes.map(([, code, status, retryable]) => [
        code,
        { status: Number(status), retryable: retryable === 'true' },
      ]),
    ),
  )
})
