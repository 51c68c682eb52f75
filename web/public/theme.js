// Puts the chosen theme on the page before anything of it is drawn, where it is not the device's own. It is a file, as the policy takes
// no script from within the page, and no module, as those wait. The choice is kept by `src/app/theme.ts`.
try {
  const theme = localStorage.getItem('tasklog.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser may refuse to keep anything.
}
