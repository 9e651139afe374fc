/**
 * The colours of the theme as a canvas takes them. Ask again when the theme changes: `onTheme` tells when.
 *
 * @param {HTMLElement} node
 * @param {string[]} names of custom properties, without their dashes
 * @returns {Record<string, string>}
 */
export function paletteOf(node, names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  node.append(probe);
  const colours = names.map((name) => {
    probe.style.setProperty("color", `var(--${name})`);
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(colours);
}

/** @param {() => void} changed @param {AbortSignal} signal */
export function onTheme(changed, signal) {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
}

/**
 * A canvas fit to its place, in CSS pixels, cleared; null where it has no place.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function surfaceOf(canvas) {
  const ratio = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext("2d");
  if (!context || width === 0) return null;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
