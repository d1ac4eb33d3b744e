// The console: live features of one instrument, and a query box. No dependencies, no build step.

import { startLive } from "./live.js";
import { startQuery } from "./query.js";

const THEME = "tickgate-theme";

function startTheme() {
  const root = document.documentElement;
  const saved = localStorage.getItem(THEME);
  if (saved) root.dataset.theme = saved;
  document.getElementById("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    localStorage.setItem(THEME, root.dataset.theme);
  });
}

startTheme();
startLive();
startQuery();
