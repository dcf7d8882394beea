// Sets of shards for the committees of tests.

/**
 * The shard sets of members with `counts` shards each. Shards are dealt in rounds, so that the sets of members with several shards are
 * interleaved, as they are after members have changed.
 */
export function dealShards(counts: readonly number[]): number[][] {
  const sets: number[][] = counts.map(() => [])
  const rounds = Math.max(0, ...counts)
  let shard = 0
  for (let round = 0; round < rounds; round++) {
    sets.forEach((set, member) => {
      if (round < (counts[member] as number)) set.push(shard++)
    })
  }
  return sets
}
