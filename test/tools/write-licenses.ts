import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/**
 * Writes `dist/THIRD-PARTY-LICENSES.txt`: every package of which something is in the bundle, by what the bundler says of
 * itself, with its licence and notices word for word. A package that names no licence fails the build.
 */

interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly author?: string | { readonly name: string }
}

const metafiles = ["dist/metafile.json", "dist/pages-metafile.json"]

/** Folder of the package in which a file lies; null of a file of ours. */
const packageOf = (file: string): string | null => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? null

/** The package's own folder: within it there may be manifests without a name, which only say how files are to be read. */
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest

const textsOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder)
    .filter((name) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(name))
    .toSorted()
    .map((name) => readFileSync(join(folder, name), "utf8").trim())

const outputs = metafiles.flatMap((file) => Object.values((JSON.parse(readFileSync(file, "utf8")) as Metafile).outputs))
const folders = new Set(outputs.flatMap(({ inputs }) => Object.keys(inputs).flatMap((file) => packageOf(file) ?? [])))
const packages = new Map<string, string>()
for (const folder of folders) {
  if (!existsSync(join(folder, "package.json"))) throw new Error(`${folder} is in the bundle and is no package`)
  const { author, license, name, version } = manifestOf(folder)
  const texts = textsOf(folder)
  if (license === undefined && texts.length === 0) throw new Error(`${name} is in the bundle and names no licence`)
  const by = typeof author === "string" ? author : author?.name
  const said = texts.length > 0 ? texts : [`No text comes with it.${by === undefined ? "" : ` By ${by}.`}`]
  packages.set(`${name} ${version}`, [`${name} ${version} (${license ?? "see below"})`, "", ...said].join("\n"))
}
if (packages.size === 0) throw new Error(`${metafiles.join(" and ")} name no package`)
const rule = "-".repeat(100)
writeFileSync(
  join("dist", "THIRD-PARTY-LICENSES.txt"),
  `rollbook is bundled with parts of these packages, each under its own licence.\n${[...packages]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => `\n${rule}\n${text}\n`)
    .join("")}`
)
for (const file of metafiles) rmSync(file)
