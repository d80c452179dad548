import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Asked for often, made once. */
export const once = <A>(make: () => Promise<A>): (() => Promise<A>) => {
  let made: Promise<A> | undefined
  return () => (made ??= make())
}

/** A past to begin with: brings it into a folder, and gives what came of it. */
export type Past<A> = (home: string) => Promise<A>

/** What many tests begin with: lived through once in a folder of its own, then copied into the folder of each. */
export const livedThrough = <A>(live: Past<A>): Past<A> => {
  const template = once(async () => {
    const home = mkdtempSync(join(tmpdir(), "rollbook-lived-"))
    process.once("exit", () => rmSync(home, { recursive: true, force: true }))
    return { home, came: await live(home) }
  })
  return async (home) => {
    const { came, home: lived } = await template()
    cpSync(lived, home, { recursive: true })
    return came
  }
}
