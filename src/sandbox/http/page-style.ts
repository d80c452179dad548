/** How the pages look by which people see what a stand-in holds. */
export const css = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2733; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
header { border-bottom: 1px solid #d5dbe1; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin-top: 2rem; font-size: 1.15rem; }
ul { list-style: none; padding-left: 1.25rem; margin: 0; } .tree { padding-left: 0; }
summary { cursor: pointer; }
.type { color: #5a6875; font-size: 0.85em; } .more { color: #5a6875; }
code { background: #eef1f4; border-radius: 3px; padding: 0 0.3em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.25rem 0.6rem 0.25rem 0; border-bottom: 1px solid #e4e8ec; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  body { background: #14181d; color: #dbe2e9; } code { background: #242b33; }
  a { color: #8ab8f0; } header, th, td { border-color: #2c343d; } .type, .more { color: #93a0ad; }
}`
