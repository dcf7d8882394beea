// Chance, for jitter and nothing that must not be guessed.

/** In [0, 1). */
export const systemRandom = (): number => Math.random()
