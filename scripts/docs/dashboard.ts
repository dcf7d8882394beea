// Writes the dashboard for Grafana from a list of panels, because Grafana's format repeats each of them a dozen times. A panel is a
// title, a unit, and a legend for each query. Every metric of the code is on a panel (test/docs.test.ts).

type Panel = {
  readonly title: string
  readonly unit: string
  readonly queries: Readonly<Record<string, string>>
}
type Row = { readonly title: string; readonly panels: readonly Panel[] }

/** Per second, over an interval that Grafana adapts to the resolution. */
const rate = (metric: string): string => `rate(${metric}[$__rate_interval])`

function quantile(share: number, metric: string, labels: string): string {
  return `histogram_quantile(${share}, sum by (${labels ? `${labels}, ` : ''}le) (${rate(`${metric}_bucket`)}))`
}

const rows: readonly Row[] = [
  {
    title: 'Sidecars: puts and gets',
    panels: [
      {
        title: 'Requests',
        unit: 'reqps',
        queries: {
          '{{method}} {{route}} {{status}}': `sum by (method, route, status) (${rate('floe_sidecar_request_seconds_count')})`,
        },
      },
      {
        title: 'Time to answer',
        unit: 's',
        queries: {
          'p50 {{method}} {{route}}': quantile(0.5, 'floe_sidecar_request_seconds', 'method, route'),
          'p99 {{method}} {{route}}': quantile(0.99, 'floe_sidecar_request_seconds', 'method, route'),
        },
      },
      {
        title: 'Rows that failed',
        unit: 'ops',
        queries: { '{{code}}': `sum by (code) (${rate('floe_sidecar_row_failures_total')})` },
      },
      {
        title: 'Stragglers',
        unit: 'ops',
        queries: { '{{outcome}}': `sum by (outcome) (${rate('floe_sidecar_stragglers_total')})` },
      },
    ],
  },
  {
    title: 'Sidecars: batches',
    panels: [
      {
        title: 'Batches in each state',
        unit: 'short',
        queries: { '{{state}}': 'sum by (state) (floe_sidecar_batches)' },
      },
      {
        title: 'Oldest batch in each state',
        unit: 's',
        queries: { '{{state}}': 'max by (state) (floe_sidecar_oldest_batch_seconds)' },
      },
      {
        title: 'Changes of state',
        unit: 'ops',
        queries: { '{{state}}': `sum by (state) (${rate('floe_sidecar_state_changes_total')})` },
      },
      {
        title: 'Batches not on L1 yet, and the limit',
        unit: 'short',
        queries: {
          'certified {{instance}}': 'floe_sidecar_batches_waiting',
          'all {{instance}}': 'floe_sidecar_batches_unposted',
          'limit {{instance}}': 'floe_sidecar_batches_unposted_max',
        },
      },
      {
        title: 'Batches that await a backfill',
        unit: 'short',
        queries: { '{{instance}}': 'floe_sidecar_batches_awaiting_backfill' },
      },
      {
        title: 'Backfills',
        unit: 'ops',
        queries: { '{{outcome}}': `sum by (outcome) (${rate('floe_sidecar_backfills_total')})` },
      },
      {
        title: 'Batch index on disk',
        unit: 'bytes',
        queries: { '{{instance}}': 'floe_sidecar_batch_index_bytes' },
      },
    ],
  },
  {
    title: 'Sidecars: posting',
    panels: [
      {
        title: 'Posting intervals that failed',
        unit: 'short',
        queries: { '{{instance}}': 'increase(floe_sidecar_post_failures_total[$__rate_interval])' },
      },
      {
        title: 'Time left to post the next batch',
        unit: 's',
        queries: { '{{instance}}': 'floe_sidecar_posting_deadline_seconds' },
      },
      {
        title: 'Events of post transactions',
        unit: 'ops',
        queries: { '{{event}}': `sum by (event) (${rate('floe_sidecar_poster_events_total')})` },
      },
      {
        title: 'Certificates that verifiers posted',
        unit: 'short',
        queries: {
          '{{outcome}}':
            'sum by (outcome) (increase(floe_sidecar_certificate_posts_total[$__rate_interval]))',
        },
      },
      {
        title: 'Calls of the Nitro interface',
        unit: 'short',
        queries: {
          '{{method}} {{outcome}}':
            'sum by (method, outcome) (increase(floe_sidecar_nitro_calls_total[$__rate_interval]))',
        },
      },
      {
        title: 'Funds of the posting account',
        unit: 'short',
        queries: {
          'ether {{instance}}': 'floe_sidecar_poster_balance_ether',
          'posts {{instance}}': 'floe_sidecar_poster_funded_posts',
        },
      },
      {
        title: 'Followed blocks of L1',
        unit: 'short',
        queries: {
          'tip {{instance}}': 'floe_sidecar_chain_tip_block',
          'final {{instance}}': 'floe_sidecar_chain_final_block',
        },
      },
      {
        title: 'Age of the newest block of L1',
        unit: 's',
        queries: {
          'sidecar {{instance}}': 'floe_sidecar_chain_age_seconds',
          'node {{instance}}': 'floe_node_chain_age_seconds',
          'challenger {{instance}}': 'floe_challenger_chain_age_seconds',
        },
      },
      {
        title: 'Calls to the L1 endpoints',
        unit: 'ops',
        queries: {
          '{{job}} {{endpoint}} {{outcome}}': `sum by (job, endpoint, outcome) (${rate('floe_l1_requests_total')})`,
        },
      },
      {
        title: 'Job queue',
        unit: 'short',
        queries: {
          '{{kind}} {{state}}': 'sum by (kind, state) (floe_sidecar_queue_jobs)',
          'reachable {{instance}}': 'floe_sidecar_queue_reachable',
        },
      },
    ],
  },
  {
    title: 'Sidecars: disputes',
    panels: [
      {
        title: 'Evidence against invalid encodings',
        unit: 'short',
        queries: {
          '{{result}}': 'sum by (result) (increase(floe_sidecar_evidence_total[$__rate_interval]))',
        },
      },
      {
        title: 'Expired pairs of the disperser',
        unit: 'short',
        queries: {
          '{{outcome}}': 'sum by (outcome) (increase(floe_sidecar_defences_total[$__rate_interval]))',
        },
      },
      {
        title: 'Events of evidence transactions',
        unit: 'ops',
        queries: { '{{event}}': `sum by (event) (${rate('floe_sidecar_fraud_prover_events_total')})` },
      },
    ],
  },
  {
    title: 'Storage nodes',
    panels: [
      {
        title: 'Dispersals',
        unit: 'ops',
        queries: { '{{outcome}}': `sum by (outcome) (${rate('floe_node_dispersals_total')})` },
      },
      {
        title: 'Time to store a dispersal',
        unit: 's',
        queries: {
          'p50 {{instance}}': quantile(0.5, 'floe_node_dispersal_seconds', 'instance'),
          'p99 {{instance}}': quantile(0.99, 'floe_node_dispersal_seconds', 'instance'),
        },
      },
      {
        title: 'Re-attestations for posts',
        unit: 'ops',
        queries: { '{{outcome}}': `sum by (outcome) (${rate('floe_node_attestations_total')})` },
      },
      {
        title: 'Served',
        unit: 'ops',
        queries: { '{{kind}}s of {{side}}s': `sum by (kind, side) (${rate('floe_node_served_total')})` },
      },
      {
        title: 'Bytes served',
        unit: 'Bps',
        queries: { '{{instance}}': rate('floe_node_served_bytes_total') },
      },
      {
        title: 'Stored bytes, of the limit',
        unit: 'percentunit',
        queries: { '{{instance}}': 'floe_node_stored_bytes / floe_node_stored_bytes_max' },
      },
      { title: 'Batches stored', unit: 'short', queries: { '{{instance}}': 'floe_node_batches' } },
      {
        title: 'Damaged batches, and reads of damaged values',
        unit: 'short',
        queries: {
          'batches {{instance}}': 'floe_node_damaged_batches',
          'reads a second {{instance}} {{table}}': rate('floe_node_damaged_values_total'),
        },
      },
      {
        title: 'Batches expired',
        unit: 'ops',
        queries: { '{{instance}}': rate('floe_node_expired_batches_total') },
      },
      {
        title: 'Memory of dispersals and of served slivers',
        unit: 'bytes',
        queries: {
          'in {{instance}}': 'floe_node_intake_bytes',
          'out {{instance}}': 'floe_node_serving_bytes',
        },
      },
      {
        title: 'Memory of batches in sidecars',
        unit: 'bytes',
        queries: {
          'in {{instance}}': 'floe_sidecar_intake_bytes',
          'out {{instance}}': 'floe_sidecar_outgoing_bytes',
        },
      },
    ],
  },
  {
    title: 'Disputes',
    panels: [
      {
        title: 'Challenges open',
        unit: 'short',
        queries: {
          'node {{instance}}': 'floe_node_challenges_open',
          'sidecar {{instance}}': 'floe_sidecar_challenges_open',
          'challenger {{instance}}': 'floe_challenger_challenges_open',
        },
      },
      {
        title: 'Answers',
        unit: 'ops',
        queries: {
          'nodes {{outcome}}': `sum by (outcome) (${rate('floe_node_answers_total')})`,
          'sidecars {{outcome}}': `sum by (outcome) (${rate('floe_sidecar_answers_total')})`,
        },
      },
      {
        title: 'Answers that the account can pay for',
        unit: 'short',
        queries: {
          'node {{instance}}': 'floe_node_funded_answers',
          'sidecar {{instance}}': 'floe_sidecar_funded_answers',
        },
      },
      {
        title: 'Scores of operators',
        unit: 'percentunit',
        queries: { '{{operator}}': 'min by (operator) (floe_challenger_operator_score)' },
      },
      {
        title: 'Samples',
        unit: 'ops',
        queries: { '{{outcome}}': `sum by (outcome) (${rate('floe_challenger_sample_seconds_count')})` },
      },
      {
        title: 'Time to get a sample, p99',
        unit: 's',
        queries: { '{{outcome}}': quantile(0.99, 'floe_challenger_sample_seconds', 'outcome') },
      },
      {
        title: 'Events of challengers',
        unit: 'ops',
        queries: { '{{event}}': `sum by (event) (${rate('floe_challenger_events_total')})` },
      },
      {
        title: 'Headers and missing chunks',
        unit: 'short',
        queries: {
          'headers {{instance}}': 'floe_challenger_headers',
          'missing chunks {{instance}}': 'floe_challenger_missing_chunks',
        },
      },
      {
        title: 'Ether spent within a day',
        unit: 'short',
        queries: { '{{instance}}': 'floe_challenger_spent_wei / 1e18' },
      },
      {
        title: 'Bonds that the account can pay for',
        unit: 'short',
        queries: { '{{instance}}': 'floe_challenger_funded_challenges' },
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      { title: 'Up', unit: 'short', queries: { '{{job}} {{instance}}': 'up' } },
      {
        title: 'Processors',
        unit: 'percentunit',
        queries: { '{{job}} {{instance}}': rate('process_cpu_seconds_total') },
      },
      {
        title: 'Memory',
        unit: 'bytes',
        queries: { '{{job}} {{instance}}': 'process_resident_memory_bytes' },
      },
      {
        title: 'Event loop delay, p99',
        unit: 's',
        queries: { '{{job}} {{instance}}': 'nodejs_eventloop_lag_p99_seconds' },
      },
      { title: 'Open files', unit: 'short', queries: { '{{job}} {{instance}}': 'process_open_fds' } },
    ],
  },
]

const COLUMNS = 3
const WIDTH = 24 / COLUMNS
const HEIGHT = 8
const datasource = { type: 'prometheus', uid: 'prometheus' }

/** The JSON document that Grafana reads. */
export function dashboard(): string {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push(rowPanel(row.title, { id: panels.length + 1, y }))
    y += 1
    row.panels.forEach((panel, i) => {
      const x = (i % COLUMNS) * WIDTH
      panels.push(graphPanel(panel, { id: panels.length + 1, x, y: y + Math.floor(i / COLUMNS) * HEIGHT }))
    })
    y += Math.ceil(row.panels.length / COLUMNS) * HEIGHT
  }
  const document = {
    uid: 'floe',
    title: 'Floe',
    schemaVersion: 39,
    editable: false,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    panels,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function rowPanel(title: string, { id, y }: { id: number; y: number }): object {
  return { id, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] }
}

function graphPanel({ title, unit, queries }: Panel, at: { id: number; x: number; y: number }): object {
  return {
    id: at.id,
    type: 'timeseries',
    title,
    datasource,
    gridPos: { x: at.x, y: at.y, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: Object.entries(queries).map(([legendFormat, expr], i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource,
      expr,
      legendFormat,
    })),
  }
}
