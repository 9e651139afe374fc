/**
 * Takes files that are dropped on an element or pasted while it is in view.
 *
 * @param {HTMLElement} node
 * @param {(file: File) => void} take
 * @param {(file: File) => boolean} fits
 */
export function dropTarget(node, take, fits) {
  let depth = 0;
  const leave = () => {
    depth = 0;
    node.classList.remove("is-over");
  };
  node.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    node.classList.add("is-over");
  });
  node.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  node.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) leave();
  });
  node.addEventListener("drop", (event) => {
    leave();
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    if (fits(file)) take(file);
  });
  node.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(fits);
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
