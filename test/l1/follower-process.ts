// A process that follows once to the tip, into an LMDB store; FLOE_CRASH_AT names the point at which it exits.
//
//     node follower-process.ts DIR RPC_URL LEDGER CHAIN_ID SPAN_BLOCKS
import { L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { LmdbChainStore } from '../support/checked-chain-stores.ts'

const [dir = '', rpcUrl = '', ledger = '', chainId = '', spanBlocks = ''] = process.argv.slice(2)
const store = await LmdbChainStore.open(dir)
const follower = new L1Follower({
  l1: connectL1([rpcUrl], { logBlocksMax: Number(spanBlocks) }),
  domain: { chainId: Number(chainId), ledger: ledger as Hex },
  finality: 12,
  store,
})
await follower.sync()
await store.close()
