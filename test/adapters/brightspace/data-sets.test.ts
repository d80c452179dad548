import * as Effect from "effect/Effect"
import { zipSync } from "fflate"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { asOf, choose } from "../../../src/adapters/brightspace/data-sets/choose.ts"
import { unzipOne } from "../../../src/adapters/brightspace/data-sets/unzip.ts"
import type { BdsExtract } from "../../../src/adapters/brightspace/data-sets/wire.ts"
import { inFolder } from "../../tools/definitions.ts"

/** An extract of a day and hour of October, asked for an hour before. */
const extract = (BdsType: BdsExtract["BdsType"], day: number, hour = 5): BdsExtract => ({
  BdsType,
  CreatedDate: new Date(Date.UTC(2026, 9, day, hour)).toISOString(),
  QueuedForProcessingDate: new Date(Date.UTC(2026, 9, day, hour - 1)).toISOString(),
  DownloadLink: "",
  DownloadSize: 0,
  Version: "9.9"
})
const full = (day: number) => extract("Full", day)
const daily = (...days: ReadonlyArray<number>) => days.map((day) => extract("Differential", day, 7))
const hourly = (...hours: ReadonlyArray<number>) => hours.map((hour) => extract("Differential", 4, hour))

it("takes the newest full extract and the differential ones after it, up to the first that is missing", () => {
  const chosen = (extracts: ReadonlyArray<BdsExtract>) => {
    const found = choose(extracts)
    return found === null ? null : [found.full, ...found.after].map((one) => one.CreatedDate.slice(8, 13))
  }
  expect(chosen(daily(4, 5))).toBeNull()
  // In whatever order they are told.
  expect(chosen([...daily(6, 5, 4), full(11), full(4), ...daily(12, 11)])).toEqual(["11T05", "11T07", "12T07"])
  expect(chosen([full(4), ...daily(4, 5, 7, 8)])).toEqual(["04T05", "04T07", "05T07"])
  expect(chosen([full(4), ...daily(6)])).toEqual(["04T05"])
  // Where they are made each hour, a day is too long.
  expect(chosen([full(4), ...hourly(4, 5, 6, 7, 9, 10)])).toEqual(["04T05", "04T06", "04T07"])
  // One that is missing soon after the full one shows by the one before that.
  const evening = extract("Full", 4, 21)
  expect(chosen([...daily(3, 4, 6), evening])).toEqual(["04T21"])
  expect(choose([...daily(3, 4, 6), evening])?.doubt).toContain("between 2026-10-04T06:00:00.000Z and 2026-10-06")
  // One that is missing before the full one is in it.
  expect(chosen([...daily(2, 3, 5), evening])).toEqual(["04T21", "05T07"])
  expect(choose([full(4), ...daily(4, 5, 7)])?.doubt).toContain("between 2026-10-05T06:00:00.000Z and 2026-10-07")
  expect(choose([full(4), ...daily(4, 5)])?.doubt).toBeNull()
})

it("counts an extract as of when it was asked for", () => {
  expect(asOf(full(4))).toBe("2026-10-04T04:00:00.000Z")
  expect(asOf({ ...full(4), QueuedForProcessingDate: null })).toBe("2026-10-04T05:00:00.000Z")
})

it("unpacks the one file of a zip as it was packed, and nothing that is not so", () =>
  inFolder(async (home) => {
    const [zip, csv] = [join(home, "users.zip"), join(home, "users.csv")]
    const text = `UserId,Name\r\n${Array.from({ length: 40_000 }, (_, index) => `${index},Ada ${index * 7919}\r\n`).join("")}`
    const bytes = new TextEncoder().encode(text)
    const unpack = async (packed: Uint8Array, most = 10_000_000) => {
      await writeFile(zip, packed)
      return Effect.runPromise(unzipOne(zip, csv, most))
    }
    for (const level of [0, 6] as const) {
      expect(await unpack(zipSync({ "Users.csv": [bytes, { level }] }))).toEqual({ firstLine: "UserId,Name\r" })
      expect(await readFile(csv, "utf8")).toBe(text)
    }
    const packed = zipSync({ "Users.csv": bytes })
    const spoilt = (whole: Uint8Array): Uint8Array => whole.map((byte, at) => (at === 2000 ? byte ^ 1 : byte))
    const faults = [
      [packed.slice(0, -200), "no zip file"],
      [spoilt(packed), /cannot be unpacked|not what its directory says/],
      [spoilt(zipSync({ "Users.csv": [bytes, { level: 0 }] })), "not what its directory says"],
      [zipSync({ "a.csv": bytes, "b.csv": bytes }), "holds 2 files"],
      [zipSync({ "readme.txt": bytes }), "no CSV file"],
      [new TextEncoder().encode("<html>Sign in</html>"), "no zip file"]
    ] as const
    for (const [wrong, words] of faults) {
      const { fault } = (await unpack(wrong)) as { readonly fault: string }
      expect(fault).toMatch(words)
    }
    expect(await unpack(packed, 1000)).toEqual({
      fault: `unpacked it has ${bytes.length} bytes, and at most 1000 are taken`
    })
  }))
