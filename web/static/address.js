/**
 * An address of the service as this page reaches it: by its path, whatever name a proxy gives the service.
 *
 * @param {string | null | undefined} address
 */
export function here(address) {
  if (!address) return null;
  const { pathname, search } = new URL(address, location.href);
  return pathname + search;
}
