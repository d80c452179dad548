import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const root = new URL("..", import.meta.url).pathname

/** What the bundle is made from: sources, what builds them, and the packages that are installed. */
const sources = ["src", "package.json", "tsconfig.json", "test/tools", "node_modules/.package-lock.json"]

/** The first and the last file that a build writes. */
const [first, last] = ["dist/rollbook.js", "dist/THIRD-PARTY-LICENSES.txt"]

/**
 * The journeys run the bundle as a process, as a user does: it is built once, before any test. `npm ci` has just built it
 * in a clean checkout, and a second build of the same would only take its time.
 */
export default (): void => {
  if (!isBuilt()) execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" })
}

/**
 * Whether a build came to its end after the last change to what it is made from. A change is told by the time that nobody
 * can set, and of a folder it is told also where a file was renamed or taken out.
 */
const isBuilt = (): boolean => {
  if (![first, last, ...sources].every((path) => existsSync(join(root, path)))) return false
  const [begun, ended] = [statSync(join(root, first)).mtimeMs, statSync(join(root, last)).mtimeMs]
  return begun < ended && sources.every((path) => lastChange(join(root, path)) < begun)
}

/** Milliseconds. */
const lastChange = (path: string): number => {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.ctimeMs
  return Math.max(stat.ctimeMs, ...readdirSync(path).map((name) => lastChange(join(path, name))))
}
