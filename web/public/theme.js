// Before the first paint, so that a dark page does not flash white. See src/lib/theme.ts.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("holdfast.theme");
  } catch {
    // Storage is refused: follow the system.
  }
  const dark =
    kept === "dark" || (kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
