import { existsSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder rollbook was installed in: whether run from source or bundled, the one with its package.json. */
export const packageRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!isOurs(join(folder, "package.json"))) {
    const above = dirname(folder)
    if (above === folder) throw new Error("rollbook's own files are not where they were installed")
    folder = above
  }
  return folder
}

/** Whether this is rollbook as npm installs it, and not a clone in which it is worked on. */
export const isInstalled = (): boolean => basename(dirname(packageRoot())) === "node_modules"

/** The version in package.json. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { readonly version: string }).version

const isOurs = (file: string): boolean =>
  existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { readonly name?: string }).name === "rollbook"
