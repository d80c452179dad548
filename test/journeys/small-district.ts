import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const whole = new URL("../../src/sandbox/district", import.meta.url).pathname

/**
 * The sandbox's own district with every fourth of its students and guardians, in a folder of its own: a night of a
 * quarter of the steps, for tests that need many of them.
 */
export const smallDistrict = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-district-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  cpSync(whole, folder, { recursive: true })
  const left = new Set<string>()
  const many: Record<string, number> = {}
  keep(folder, "users.csv", (line) => {
    const [role] = /student|guardian/.exec(line) ?? []
    if (role === undefined) return true
    many[role] = (many[role] ?? 0) + 1
    const stays = many[role] % 4 === 1
    if (!stays) left.add(line.split(",", 1)[0] ?? "")
    return stays
  })
  keep(folder, "enrollments.csv", (line) => !left.has(line.split(",")[5] ?? ""))
  return folder
}

const keep = (folder: string, file: string, test: (line: string) => boolean): void => {
  const [head = "", ...lines] = readFileSync(join(folder, file), "utf8").split("\n")
  writeFileSync(join(folder, file), [head, ...lines.filter((line) => line === "" || test(line))].join("\n"))
}
