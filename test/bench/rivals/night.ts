import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { DistrictFiles } from "../district.ts"
import { eachPage } from "../download.ts"
import { peakMegabytes, timed } from "../measure.ts"
import { plainNode } from "./plain-node.ts"
import { postgres } from "./postgres.ts"
import type { Rival } from "./records.ts"
import { sqlite } from "./sqlite.ts"

/**
 * One night of a rival in a process of its own: `rivals/night.ts RIVAL PORT DISTRICT.json FOLDER PACKAGES`. Prints seconds,
 * peak memory of this process, and how many records differ from its last night in that folder.
 */
const [name = "", port = "", described = "", folder = "", packages = ""] = process.argv.slice(2)
const district = JSON.parse(readFileSync(described, "utf8")) as DistrictFiles
const rivals: Readonly<Record<string, Rival>> = { plainNode, sqlite: sqlite(packages), postgres }
const rival = rivals[name]
if (rival === undefined) throw new Error(`no rival ${name}`)
const home = join(folder, name)
mkdirSync(home, { recursive: true })
let differing = 0
const seconds = await timed(async () => {
  differing = await rival({
    folder: home,
    downloaded: async (take) => {
      for (const [collection, file] of Object.entries(district.collections))
        await eachPage(port, collection, file, (bytes) => take(collection, bytes))
    }
  })
})
process.stdout.write(`${JSON.stringify({ seconds, differing, peakMegabytes: peakMegabytes() })}\n`)
process.exit(0)
