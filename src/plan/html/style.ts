/** Sober and legible, light and dark by the reader's setting, no font or image from elsewhere; prints without controls. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f5f6f8; --ink: #1b1f24; --quiet: #545c66; --line: #c9ced6;
  --removed: #b3261e; --added: #1f7a4d; --changed: #2f62b3; --held: #8a4b00; --held-ground: #fff4e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15181c; --raised: #1e2329; --ink: #e6e9ed; --quiet: #a7b0ba; --line: #414a54;
    --removed: #ff8a80; --added: #6fd3a0; --changed: #8db8ff; --held: #ffc46b; --held-ground: #33270f;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
header, main { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 1.25rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; padding-top: .5rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .25rem }
p { margin: .5rem 0; max-width: 60rem }
a { color: var(--changed) }
.skip { position: absolute; left: -999rem }
.skip:focus { position: static }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0 }
.quiet, .rest, figcaption { color: var(--quiet) }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; list-style: none }
.figures li { background: var(--raised); border-left: 4px solid var(--line); padding: .5rem 1rem; min-width: 9rem }
.figures strong { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.figures .removed { border-color: var(--removed) }
.figures .held { border-color: var(--held) }
#held.some { background: var(--held-ground); margin-top: 1.5rem; padding: .25rem 1rem 1rem; border-left: 4px solid var(--held) }
#held.some h2 { border: 0; margin-top: .5rem }
#short { margin-top: 1rem }
#short h2 { border: 0; margin: 0; padding: 0; font-size: 1rem; color: var(--quiet) }
#short .verdict { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem; font-weight: 600 }
#short.some { background: var(--held-ground); padding: .75rem 1rem; border-left: 4px solid var(--held) }
#short ul { margin: .25rem 0; padding-left: 1.1rem }
#short li { margin: .15rem 0; overflow-wrap: anywhere }
.command { display: block; margin: .25rem 0; padding: .25rem .5rem; background: var(--ground); user-select: all }
.details { margin: .25rem 0 0; padding-left: 1.1rem; color: var(--quiet) }
.scroll { overflow-x: auto; margin: .5rem 0 }
.scroll:focus-visible, a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible {
  outline: 3px solid var(--changed); outline-offset: 2px }
table { border-collapse: collapse; width: 100%; font-size: .925rem }
caption { text-align: left; color: var(--quiet); padding-bottom: .25rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; font-weight: normal }
thead th { font-weight: 600; white-space: nowrap }
.count { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
code, .key-of { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
.key-of { min-width: 9rem }
td > code { display: inline-block; min-width: 9rem }
.sentence { min-width: 14rem }
.id { white-space: nowrap }
td.fields { min-width: 16rem; overflow-wrap: anywhere }
td.fields div + div { margin-top: .15rem }
del { color: var(--removed) }
ins { color: var(--added) }
.action-removed { color: var(--removed); font-weight: 600 }
.bad { color: var(--removed); font-weight: 600 }
form { background: var(--raised); padding: .75rem 1rem; display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end }
.field { display: grid; grid-template-columns: minmax(0, auto); gap: .15rem; font-size: .875rem; max-width: 100% }
input, select, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet);
  border-radius: 3px; padding: .35rem .5rem; max-width: min(18rem, 100%); min-height: 2.25rem }
button { cursor: pointer }
figure { margin: 1rem 0 }
figure > svg { width: 100%; height: auto; max-width: 60rem; font-size: 12px }
svg text { fill: currentColor }
svg .removed { fill: var(--removed) } svg .added { fill: var(--added) }
svg .changed, svg .after { fill: var(--changed) } svg .before, svg .other { fill: var(--quiet) }
svg .not-yet { opacity: .4 } svg .hatch { fill: url(#hatch); stroke: var(--changed) }
svg .hatch-line { stroke: var(--ground); stroke-width: 3 }
svg .this .other { fill: var(--changed) } svg .axis { stroke: var(--line) }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; margin: .25rem 0 }
.legend .key { width: .75rem; height: .75rem; margin-right: .35rem }
[hidden] { display: none !important }
@media print {
  nav, .skip, form, button { display: none }
  body { font-size: 10pt }
  header, main { max-width: none; padding: 0 }
  .scroll { overflow: visible }
  .sentence { min-width: 0 }
  tr, figure { break-inside: avoid }
  h2, h3 { break-after: avoid }
  thead { display: table-header-group }
}
`
