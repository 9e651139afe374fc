/**
 * Does what single keys say while nobody types and no control wants the key.
 *
 * @param {{cue: (key: string) => boolean, talk?: {press: () => void, release: () => void}}} act
 * @param {AbortSignal} signal
 */
export function liveKeys(act, signal) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === " " && act.talk && !isControl(event.target)) {
      event.preventDefault();
      if (!event.repeat) act.talk.press();
    } else if (!event.repeat && act.cue(event.key.toLowerCase())) {
      event.preventDefault();
    }
  }, { signal });
  document.addEventListener("keyup", (event) => {
    if (event.key === " " && !isTyping(event.target)) act.talk?.release();
  }, { signal });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof Element && target.closest("textarea, select, dialog, [contenteditable], input:not([type=range], [type=radio], [type=checkbox])") !== null;
}

/** @param {EventTarget | null} target */
function isControl(target) {
  return target instanceof Element && target.closest("button, a, summary, input, [tabindex='0']") !== null;
}
