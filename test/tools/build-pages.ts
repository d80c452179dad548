import { createHash } from "node:crypto"
import { build, type Metafile } from "esbuild"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"

/**
 * Bundles the console's pages into `dist/pages`: modules with hashed names, one style sheet, and the document that loads
 * them. The components put style sheets of their own into the document when they load, from another origin in part; where
 * they find an element of that id they do not, so that the same rules, without fonts from elsewhere, are written here.
 */

const root = new URL("../..", import.meta.url).pathname
const out = join(root, "dist", "pages")

/** What a module of components asks of a document while it is loaded. */
const sheet = () => {
  const rule = () => ({ values: new Map<string, string>() })
  const rules = [rule(), rule(), rule()]
  const asRule = ({ values }: ReturnType<typeof rule>) => ({
    style: {
      setProperty: (name: string, value: string) => void values.set(name, value),
      getPropertyValue: (name: string) => values.get(name) ?? ""
    }
  })
  const [light, dark, os] = rules.map(asRule)
  return {
    rules,
    element: {
      id: "",
      textContent: "",
      remove: () => undefined,
      sheet: { cssRules: [light, dark, { cssRules: [os] }] }
    }
  }
}

const sheetsOfComponents = async (): Promise<string> => {
  const made: Array<ReturnType<typeof sheet>> = []
  Object.assign(globalThis, {
    document: {
      createTreeWalker: () => null,
      createComment: () => null,
      head: { querySelector: () => null, appendChild: () => undefined },
      createElement: () => {
        const one = sheet()
        made.push(one)
        return one.element
      }
    }
  })
  const components = join(root, "node_modules", "@brightspace-ui", "core", "components")
  for (const name of [
    "colors/colors",
    "typography/typography",
    "inputs/input-label-styles",
    "inputs/input-styles",
    "inputs/input-checkbox-styles",
    "inputs/input-select-styles"
  ]) {
    await import(join(components, `${name}.js`))
  }
  const [colors, typography] = made
  if (colors === undefined || typography === undefined) throw new Error("the components' style sheets were not made")
  const [light, dark] = colors.rules.map(({ values }) =>
    [...values].map(([name, value]) => `${name}: ${value};`).join("\n")
  )
  return [
    colors.element.textContent,
    `html { ${light ?? ""} }`,
    `html[data-color-mode="dark"] { ${dark ?? ""} }`,
    `@media (prefers-color-scheme: dark) { html[data-color-mode="os"] { ${dark ?? ""} } }`,
    typography.element.textContent.replaceAll(/@font-face\s*\{[^}]*\}/g, "")
  ].join("\n")
}

const outputOf = (metafile: Metafile, entry: string): string => {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry)?.[0]
  if (found === undefined) throw new Error(`${entry} was not built`)
  return relative("dist/pages", found)
}

/** Modules that a module needs before it runs. */
const staticImports = (metafile: Metafile, file: string, known = new Set<string>()): ReadonlySet<string> => {
  for (const { kind, path } of metafile.outputs[file]?.imports ?? []) {
    if (kind !== "import-statement" || known.has(path)) continue
    known.add(path)
    staticImports(metafile, path, known)
  }
  return known
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/pages/main.tsx", "src/pages/page.css"],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  outdir: "dist/pages",
  entryNames: "[name]-[hash]",
  chunkNames: "m/[hash]",
  metafile: true,
  logLevel: "warning"
})
const main = outputOf(metafile, "src/pages/main.tsx")
const written = outputOf(metafile, "src/pages/page.css")
const sheets = `${await sheetsOfComponents()}\n${readFileSync(join(out, written), "utf8")}`
const css = `page-${createHash("sha256").update(sheets).digest("hex").slice(0, 8).toUpperCase()}.css`
rmSync(join(out, written))
writeFileSync(join(out, css), sheets)
const preloads = [...staticImports(metafile, `dist/pages/${main}`)]
  .map((file) => `<link rel="modulepreload" href="/pages/${relative("dist/pages", file)}">`)
  .join("")
writeFileSync(
  join(out, "index.html"),
  `<!doctype html><html lang="en" data-color-mode="os"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>rollbook</title><link rel="icon" href="data:,"><link id="d2l-colors" rel="stylesheet" href="/pages/${css}"><link id="d2l-typography-font-face" rel="preload" as="style" href="/pages/${css}">${preloads}<script type="module" src="/pages/${main}"></script></head><body class="d2l-typography"><div id="page"></div><noscript>The console needs scripts.</noscript></body></html>`
)
// Whose work is in the bundle is told beside that of the program itself.
writeFileSync(join(root, "dist", "pages-metafile.json"), JSON.stringify(metafile))
