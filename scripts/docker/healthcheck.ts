// Docker's HEALTHCHECK: exits with 0 when the service of this container answers, else with 1.
const url = `http://127.0.0.1:${process.env['FLOE_PORT'] ?? '4242'}/health`
const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
process.exitCode = response?.ok === true ? 0 : 1
