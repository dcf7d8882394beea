// A chain on which gas is measured: the contracts with operators of one shard each, and whole transactions from one account. All data
// is derived from names, and the seed of the epoch is set, so every run gives the same numbers.
import {
  createPublicClient,
  createTestClient,
  encodeAbiParameters,
  http,
  keccak256,
  numberToHex,
  walletActions,
} from 'viem'
import { Anvil } from '../../src/devnet/anvil.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, toHex, uintBytes } from '../../src/protocol/bytes.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import {
  type Deployment,
  type Operator,
  deployFloe,
  testKey,
  testOperators,
} from '../../test/support/deploy.ts'

/** What one transaction took. */
export type Measured = { readonly gas: number; readonly bytes: number }

/** Above every measured number, and below the cap of EIP-7825. Fixed, so that the numbers contain no estimate. */
const GAS_LIMIT = 16_000_000n
/** In place of a block hash, which has another number of zero bytes in every run. */
const SEED: Hex = keccak256(toHex(new TextEncoder().encode('seed of the gas snapshot')))
const SLOTS_MAX = 16
/** Bytes of a transaction besides its calldata: signature, nonce, fees, addresses. */
const ENVELOPE_BYTES = 256

export class GasBench implements AsyncDisposable {
  readonly url: string
  readonly floe: Deployment
  readonly operators: readonly Operator[]
  readonly disperserKey: Uint8Array
  readonly #anvil: Anvil
  readonly #sender: Hex

  static async start(shards: number): Promise<GasBench> {
    const anvil = await Anvil.start({}, systemClock)
    const operators = testOperators(Array.from({ length: shards }, () => 1))
    const disperserKey = testKey('disperser')
    const disperser = { address: addressOfSecretKey(disperserKey), quotaBytes: 1n }
    const deployed = await deployFloe(anvil.url, operators, disperser)
    const members = committeeOf(1, SEED, deployed.members.members)
    await replaceRoot(anvil.url, deployed, members.root)
    const [, sender = '0x'] = await walletOf(anvil.url).getAddresses()
    return new GasBench(anvil, { floe: { ...deployed, members }, operators, disperserKey, sender })
  }

  private constructor(
    anvil: Anvil,
    parts: { floe: Deployment; operators: readonly Operator[]; disperserKey: Uint8Array; sender: Hex },
  ) {
    this.#anvil = anvil
    this.url = anvil.url
    this.floe = parts.floe
    this.operators = parts.operators
    this.disperserKey = parts.disperserKey
    this.#sender = parts.sender
  }

  /** Sends a call. @param from the sender of calls when left out */
  async send({ to, data, value }: Call, from: Hex = this.#sender): Promise<Measured> {
    const hash = await walletOf(this.url).sendTransaction({
      account: from,
      chain: null,
      to,
      data,
      value,
      gas: GAS_LIMIT,
    })
    const reader = createPublicClient({ transport: http(this.url), pollingInterval: 20, cacheTime: 0 })
    const { status, gasUsed } = await reader.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Error(`the call ${data.slice(0, 10)} reverted`)
    return { gas: Number(gasUsed), bytes: ENVELOPE_BYTES + (data.length - 2) / 2 }
  }

  /** The owner of the contracts. */
  async owner(): Promise<Hex> {
    return (await walletOf(this.url).getAddresses())[0] ?? '0x'
  }

  /**
   * The gas that another contract pays for a view. A creation code reads the remaining gas before and after the call, so that neither
   * the transaction nor the floor of its calldata counts.
   */
  async view({ to, data: call }: Call): Promise<number> {
    const data = fromHex(call)
    const length = uintBytes(data.length, 4)
    // PUSH4 length, PUSH2 start, PUSH0, CODECOPY; GAS; STATICCALL(GAS, to, 0, length, 0, 0); SWAP1, GAS, SWAP1, SUB; MSTORE both
    const code = concatBytes(
      Uint8Array.of(0x63, ...length, 0x61, 0, 0, 0x5f, 0x39, 0x5a),
      Uint8Array.of(0x5f, 0x5f, 0x63, ...length, 0x5f, 0x73, ...fromHex(to), 0x5a, 0xfa),
      Uint8Array.of(0x90, 0x5a, 0x90, 0x03, 0x5f, 0x52, 0x60, 0x20, 0x52, 0x60, 0x40, 0x5f, 0xf3),
    )
    const probe = concatBytes(code, data)
    // The start of the call's data, which depends on the length of the code itself.
    probe[7] = code.length
    const reader = createPublicClient({ transport: http(this.url) })
    const result = await reader.call({ data: toHex(probe), gas: GAS_LIMIT })
    if (result.data === undefined || BigInt(`0x${result.data.slice(66)}`) !== 1n)
      throw new Error(`the view ${call.slice(0, 10)} reverted`)
    return Number(BigInt(result.data.slice(0, 66)))
  }

  /** Lets time pass on the chain. */
  async pass(seconds: number): Promise<void> {
    const wallet = walletOf(this.url)
    await wallet.increaseTime({ seconds })
    await wallet.mine({ blocks: 1 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#anvil.stop()
  }
}

function walletOf(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url) }).extend(walletActions)
}

/** Replaces the committeeRoot of epoch 1, in whatever slot the contract has its roots. */
async function replaceRoot(url: string, { committee, members }: Deployment, root: Hex): Promise<void> {
  const wallet = walletOf(url)
  const reader = createPublicClient({ transport: http(url) })
  const words = [{ type: 'uint256' }, { type: 'uint256' }] as const
  for (let slot = 0n; slot < SLOTS_MAX; slot++) {
    const index = keccak256(encodeAbiParameters(words, [1n, slot]))
    const stored = await reader.getStorageAt({ address: committee, slot: index })
    if (stored !== members.root) continue
    await wallet.setStorageAt({ address: committee, index, value: root })
    return
  }
  throw new Error(`Expected the root ${members.root} in a slot below ${numberToHex(SLOTS_MAX)}, found none.`)
}
