/**
 * Hands out a signal for each attempt; a new attempt calls off the one before, so that no late answer wins.
 *
 * @returns {() => AbortSignal}
 */
export function latest() {
  let current = new AbortController();
  return () => {
    current.abort();
    current = new AbortController();
    return current.signal;
  };
}
