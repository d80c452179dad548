import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Asked for often, made once. */
export const once = <A>(make: () => Promise<A>): (() => Promise<A>) => {
  let made: Promise<A> | undefined
  return () => (made ??= make())
}

/** What many tests begin with: lived through once in a folder of its own, then copied into the folder of each. */
export const livedThrough = (live: (home: string) => Promise<unknown>): ((home: string) => Promise<void>) => {
  const template = once(async () => {
    const home = mkdtempSync(join(tmpdir(), "rollbook-lived-"))
    process.once("exit", () => rmSync(home, { recursive: true, force: true }))
    await live(home)
    return home
  })
  return async (home) => cpSync(await template(), home, { recursive: true })
}
