// Named points at which a test can kill this process as if by kill -9. `FLOE_CRASH_AT=name` arms one; `FLOE_CRASH_AT=name:3`
// kills at its third pass. A point that is not armed costs one comparison.

/** Between any two steps that a crash must not separate. */
export const crashPoints = [
  'put.encoded',
  'put.received',
  'put.quorum',
  'put.certified',
  'put.announced',
  'checkpoint.attested',
  'checkpoint.grouped',
  'post.signed',
  'post.journalled',
  'post.broadcast',
  'post.mined',
  'post.finished',
  'chain.read',
  'chain.applied',
  'backfill.read',
  'backfill.sent',
  'node.stored',
  'node.signed',
  'node.expired',
] as const
export type CrashPoint = (typeof crashPoints)[number]

const [armedName, armedCount] = (process.env['FLOE_CRASH_AT'] ?? '').split(':')
let passesLeft = Number(armedCount ?? 1)

export function crashPoint(name: CrashPoint): void {
  if (name !== armedName) return
  passesLeft -= 1
  if (passesLeft <= 0) process.kill(process.pid, 'SIGKILL')
}
