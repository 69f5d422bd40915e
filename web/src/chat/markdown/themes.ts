/** Of code, by day and by night: both keep the contrast that WCAG AA asks for. */
export const THEMES: ["github-light-high-contrast", "github-dark-high-contrast"] = [
  "github-light-high-contrast",
  "github-dark-high-contrast",
];
