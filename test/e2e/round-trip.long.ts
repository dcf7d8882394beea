// Batches of all sizes up to the largest are put and read with committees of up to a hundred shards.
import { MEBIBYTE, describeRoundTrips, smallSizes } from './round-trips.ts'

const sizes = [...smallSizes, MEBIBYTE]

describeRoundTrips([
  { shape: 'seven operators', shards: [1, 1, 1, 1, 1, 1, 1], sizes: [16 * MEBIBYTE], stopped: 2 },
  { shape: 'four of seven shards', shards: [3, 2, 1, 1], sizes, stopped: 2 },
  { shape: 'ten operators', shards: Array<number>(10).fill(1), sizes, stopped: 3 },
  { shape: 'five of 31 shards', shards: [7, 7, 7, 5, 5], sizes, stopped: 2 },
  { shape: 'five of 100 shards', shards: [20, 20, 20, 20, 20], sizes, stopped: 1 },
])
