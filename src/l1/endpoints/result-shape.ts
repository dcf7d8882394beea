// Whether what an endpoint sends as a result can be one of the method: proxies and balancers answer with results of other calls, or of
// other services. A result that cannot be one is a fault of the endpoint, so that another one is asked, and not an error of the caller.
// Only what callers rely on is checked, and methods that are not listed may answer anything.

type Shape = (result: unknown) => boolean

const isHex: Shape = (value) => typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value)
/** A block that is not in the chain yet has no number and no hash. */
const isHexOrNull: Shape = (value) => value === null || isHex(value)

function hasFields(fields: Readonly<Record<string, Shape>>): Shape {
  const checks = Object.entries(fields)
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    checks.every(([name, isValid]) => isValid((value as Record<string, unknown>)[name]))
}

function orNull(shape: Shape): Shape {
  return (value) => value === null || shape(value)
}

function listOf(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(shape)
}

const isBlock = hasFields({ number: isHexOrNull, hash: isHexOrNull, parentHash: isHex, timestamp: isHex })
const isLog = hasFields({ address: isHex, topics: listOf(isHex), data: isHex, blockNumber: isHexOrNull })
const isReceipt = hasFields({ transactionHash: isHex, blockNumber: isHex, logs: listOf(isLog) })

const SHAPES: Readonly<Record<string, Shape>> = {
  eth_blockNumber: isHex,
  eth_call: isHex,
  eth_chainId: isHex,
  eth_estimateGas: isHex,
  eth_gasPrice: isHex,
  eth_getBalance: isHex,
  eth_getCode: isHex,
  eth_getStorageAt: isHex,
  eth_getTransactionCount: isHex,
  eth_maxPriorityFeePerGas: isHex,
  eth_sendRawTransaction: isHex,
  eth_getBlockByHash: orNull(isBlock),
  eth_getBlockByNumber: orNull(isBlock),
  eth_getBlockReceipts: orNull(listOf(isReceipt)),
  eth_getTransactionReceipt: orNull(isReceipt),
  eth_getLogs: listOf(isLog),
}

export function canBeResultOf(method: string, result: unknown): boolean {
  return SHAPES[method]?.(result) ?? true
}
