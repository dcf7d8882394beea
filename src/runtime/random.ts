// Random numbers for jitter; they can be guessed, so keys and nonces must not come from here.

/** In [0, 1). */
export const systemRandom = (): number => Math.random()
