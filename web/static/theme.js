import { fill, h } from "./dom.js";
import { icon } from "./icon.js";

/**
 * Turns between light and dark, and remembers what was chosen.
 *
 * @param {HTMLButtonElement} button
 */
export function themeSwitch(button) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    const chosen = document.documentElement.dataset["theme"];
    return chosen ? chosen === "dark" : system.matches;
  };
  const show = () => {
    const words = isDark() ? "Use the light theme" : "Use the dark theme";
    fill(button, icon(isDark() ? "sun" : "moon"), h("span", { class: "unseen" }, words));
    button.title = words;
  };
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = theme;
    localStorage.setItem("theme", theme);
    show();
  });
  system.addEventListener("change", show);
  show();
}
