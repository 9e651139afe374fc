/**
 * Follows a pointer that was pressed on a node until it is let go. Escape, or the browser, calls it off.
 *
 * @param {HTMLElement} node
 * @param {PointerEvent} pressed
 * @param {{move: (event: PointerEvent, dx: number) => void, end?: (isClick: boolean) => void, cancel?: () => void}} follower
 * @param {AbortSignal} signal
 */
export function drag(node, pressed, follower, signal) {
  const over = new AbortController();
  const options = { signal: AbortSignal.any([over.signal, signal]) };
  const from = pressed.clientX;
  let isClick = true;
  node.setPointerCapture(pressed.pointerId);
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pressed.pointerId) return;
    if (isClick && Math.abs(event.clientX - from) < SLACK_PX) return;
    isClick = false;
    follower.move(event, event.clientX - from);
  }, options);
  node.addEventListener("pointerup", (event) => {
    if (event.pointerId !== pressed.pointerId) return;
    over.abort();
    follower.end?.(isClick);
  }, options);
  const cancel = () => {
    over.abort();
    follower.cancel?.();
  };
  node.addEventListener("pointercancel", cancel, options);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  }, { ...options, capture: true });
}

/** A hand that shakes so little does not drag. */
const SLACK_PX = 3;
