// Draws series over time: as SVG for a report, as a line of blocks for a terminal.

export type Series = {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** A panel has one unit. Its y axis starts at zero, so that distances on the plot are proportional to values. */
export type Panel = { readonly title: string; readonly unit: string; readonly series: readonly Series[] }

const WIDTH = 860
const HEIGHT = 170
const LEFT = 64
const RIGHT = 150
const TOP = 34
const BOTTOM = 24
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700']
const BLOCKS = '▁▂▃▄▅▆▇█'

export function plotSvg(title: string, panels: readonly Panel[]): string {
  const height = 40 + panels.length * HEIGHT
  const body = panels.map(
    (panel, i) => `<g transform="translate(0 ${40 + i * HEIGHT})">${panelSvg(panel)}</g>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n')
}

function panelSvg({ title, unit, series }: Panel): string {
  const points = series.flatMap((each) => each.points)
  const xMax = Math.max(1, ...points.map(({ x }) => x))
  const yMax = roundUp(Math.max(0, ...points.map(({ y }) => y)))
  const right = WIDTH - RIGHT
  const bottom = HEIGHT - BOTTOM
  const xOf = (x: number): number => LEFT + (x / xMax) * (right - LEFT)
  const yOf = (y: number): number => bottom - (y / yMax) * (bottom - TOP)
  const grid = [0, 0.5, 1].map((part) => {
    const y = yOf(part * yMax)
    const label = `<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end" fill="#57606a">${number(part * yMax)}</text>`
    return `<line x1="${LEFT}" x2="${right}" y1="${y}" y2="${y}" stroke="#d8dee4"/>${label}`
  })
  const seconds = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const text = `${number(part * xMax)} s`
    return `<text x="${xOf(part * xMax)}" y="${HEIGHT - 8}" text-anchor="middle" fill="#57606a">${text}</text>`
  })
  const lines = series.map((each, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? ''
    const path = each.points.map(({ x, y }) => `${xOf(x).toFixed(1)},${yOf(y).toFixed(1)}`).join(' ')
    const label = `<text x="${right + 10}" y="${TOP + 8 + 16 * i}" fill="${colour}">${escaped(each.name)}</text>`
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>${label}`
  })
  const heading = `<text x="${LEFT}" y="20" font-weight="600">${escaped(title)}, ${escaped(unit)}</text>`
  return [heading, ...grid, ...seconds, ...lines].join('\n')
}

/** The smallest of 1, 2 or 5 times a power of ten that is not below `value`. */
function roundUp(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10)
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** The series as at most `widthMax` blocks. Each shows the mean of a part of the time; the highest block is full. */
export function sparkline({ points }: Series, widthMax = 60): string {
  const width = Math.min(widthMax, points.length)
  const xMax = Math.max(1e-9, ...points.map(({ x }) => x))
  const cells = Map.groupBy(points, ({ x }) => Math.min(width - 1, Math.floor((x / xMax) * width)))
  const means = Array.from({ length: width }, (_, i) => {
    const cell = cells.get(i)
    return cell === undefined ? undefined : cell.reduce((sum, { y }) => sum + y, 0) / cell.length
  })
  const top = Math.max(1e-9, ...means.map((mean) => mean ?? 0))
  return means
    .map((mean) =>
      mean === undefined ? ' ' : (BLOCKS[Math.round((mean / top) * (BLOCKS.length - 1))] ?? ' '),
    )
    .join('')
}
