// Batches of many sizes are put and read with committees of several shapes, also while f shards are unreachable. The long tier has
// more shapes and larger batches.
import { MEBIBYTE, describeRoundTrips, smallSizes } from './round-trips.ts'

describeRoundTrips([
  { shape: 'seven operators', shards: [1, 1, 1, 1, 1, 1, 1], sizes: smallSizes, stopped: 2 },
  { shape: 'four of seven shards', shards: [3, 2, 1, 1], sizes: [33, MEBIBYTE], stopped: 2 },
  { shape: 'five of 31 shards', shards: [7, 7, 7, 5, 5], sizes: [1, 119_823], stopped: 2 },
])
