// The checks of the Ledger's terms (docs/protocol.md §6.2): what a sidecar asks for, and what a storage node signs, stands posted.
import { promiseTerms } from '../node/admission.ts'
import type { NodeConfig } from '../node/config.ts'
import { FloeError } from '../protocol/errors.ts'
import { durationText } from '../runtime/text.ts'
import type { SidecarConfig } from '../sidecar/config.ts'
import { retentionFor } from '../sidecar/retention.ts'
import { type Check, type Finding, failure, ok } from './check.ts'
import { type L1Probe, l1Check } from './l1-probe.ts'

/** A read-only sidecar asks for no promise. */
export function retentionCheck(probe: L1Probe, config: SidecarConfig): Check {
  return termsCheck(probe, (terms) => `a batch is served for ${durationText(retentionFor(config, terms))}`)
}

export function promiseCheck(probe: L1Probe, { expirySecondsMax }: NodeConfig): Check {
  return termsCheck(
    probe,
    (terms) => `signs for up to ${durationText(promiseTerms(terms, expirySecondsMax).promiseSeconds)}`,
  )
}

type Terms = { readonly noticeSeconds: number; readonly promiseSeconds: number }

/** @param describe throws an error of the configuration that contradicts the terms */
function termsCheck(probe: L1Probe, describe: (terms: Terms) => string): Check {
  return l1Check('terms', probe, async () => {
    const terms = await probe.postingTerms()
    const { noticeSeconds, promiseSeconds } = terms
    const ofLedger = `the Ledger has a notice of ${durationText(noticeSeconds)}, a promise of ${durationText(promiseSeconds)}`
    try {
      return ok(`${ofLedger}; ${describe(terms)}`)
    } catch (error) {
      return contradictionFinding(ofLedger, error)
    }
  })
}

function contradictionFinding(found: string, error: unknown): Finding {
  if (!(error instanceof FloeError) || error.code !== 'configuration') throw error
  // The message says which setting, and what to do.
  return failure(found, { expected: 'settings that fit these terms', remedy: error.message })
}
