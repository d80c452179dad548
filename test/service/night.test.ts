import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { MessageNotSent, Messenger } from "../../src/core/ports/messenger.ts"
import type { Agenda, Entry, Job } from "../../src/service/agenda.ts"
import { makeAlerting } from "../../src/service/alerting.ts"
import { type AlertState, noAlerts } from "../../src/service/alerts.ts"
import { parsePattern } from "../../src/service/due.ts"
import { speechOf } from "../../src/cli/night-speech.ts"
import { inLanguage } from "../../src/pages/for-mail.ts"
import type { NightLanguage } from "../../src/pipeline/night-languages.ts"
import { told } from "../../src/service/http/contract/told.ts"
import { nightMail, nightOver } from "../../src/service/night.ts"
import { en } from "../../src/service/night-words/en.ts"

/** Roster at two, grades at half past two; a night is told at six at the latest. */

const job = (pipeline: string, cron: string): Job => {
  const pattern = parsePattern(cron, "UTC")
  if (pattern === null) throw new Error(cron)
  return { pipeline, pattern, missed: "run_once", after: [], retry: { times: 0, minutes: 1 } }
}
const jobs = [job("roster", "0 2 * * *"), job("grades", "30 2 * * *")]

const at = (clock: string, day = 2): number => Date.parse(`2026-10-0${day}T${clock}:00Z`)

const entry = (due: string, rest: Partial<Entry> = {}): Entry => ({
  seenUntil: at(due),
  waiting: null,
  begun: null,
  last: {
    code: 0,
    run: 8,
    plan: "p",
    switchedOff: false,
    steps: { done: 12, failed: 0, notReached: 0, held: 0 },
    due: at(due),
    startedAt: at(due),
    endedAt: at(due) + 60_000,
    verdict: "good"
  },
  lastGoodAt: at(due),
  firstSeenAt: at("12:00", 1),
  ...rest
})

const over = (agenda: Agenda, clock: string, told: number | null = at("06:00", 1), day = 2) =>
  nightOver({ agenda, by: "06:00", jobs, now: at(clock, day), told }).over

it("is over when the last that is due in it has ended, and at its hour at the latest", () => {
  const done = { roster: entry("02:00"), grades: entry("02:30") }
  expect(over({ roster: entry("02:00"), grades: entry("02:30", { seenUntil: at("02:30", 1) }) }, "02:10")).toBeNull()
  const late = {
    ...done,
    grades: entry("02:30", { begun: { due: at("02:30"), tries: 0, notBefore: 0, at: at("02:31") } })
  }
  expect(over(late, "05:59")).toBeNull()
  expect(over(late, "06:00")?.late.map(({ pipeline }) => pipeline)).toEqual(["grades"])
  expect(over(done, "02:40")).toMatchObject({ until: at("06:00"), day: "2026-10-02", late: [] })
})

it("is told once, not for what was before the schedule was looked after, and not when its morning is long past", () => {
  const done = { roster: entry("02:00"), grades: entry("02:30") }
  expect(over(done, "07:00", at("06:00"))).toBeNull()
  const since = (firstSeenAt: number): Agenda => ({
    roster: entry("02:00", { firstSeenAt }),
    grades: entry("02:30", { firstSeenAt })
  })
  expect(over(since(at("03:00")), "03:10", null)).toBeNull()
  expect(over(since(at("01:00")), "03:10", null)).not.toBeNull()
  expect(over(done, "17:00")?.day).toBe("2026-10-02")
  expect(over(done, "19:00")).toBeNull()
})

it("says how each ended, what waits until when, and what happens if nobody decides, in each language", async () => {
  const ended = entry("02:00")
  const steps = { done: 12, failed: 0, notReached: 0, held: 0, stopped: 3, awaited: 40 }
  const agenda = {
    roster: { ...ended, last: ended.last === null ? null : { ...ended.last, steps } },
    grades: entry("02:30", { begun: { due: at("02:30"), tries: 0, notBefore: 0, at: at("02:31") } })
  }
  const found = over(agenda, "06:00")
  if (found === null) throw new Error("no night")
  const waiting = {
    pipeline: "roster",
    plan: "roster-2026-10-02-8",
    held: 48,
    of: 120,
    until: "2026-10-02T20:00:00.000Z",
    people: [told("48 students are left with no class, of 1200 in one; 5 may be")],
    schools: [
      {
        school: "Cedar Hills High",
        kinds: [{ verb: "taken away" as const, entity: "section_enrollment", steps: 48 }],
        of: 48,
        held: 48
      }
    ],
    canBeApproved: true
  }
  const mail = { night: found, agenda, waiting: [waiting], publicUrl: "https://rollbook.example" }
  const { body, id, text } = nightMail({ ...mail, speech: en })
  expect([id, text]).toEqual([
    `night-${at("06:00")}`,
    "rollbook, night to 2026-10-02: 1 of 2 pipelines did not run well; one decision waits"
  ])
  expect(body?.join("\n"))
    .toBe(`roster ran well (run 8): 12 done, 0 failed, 0 not reached, 0 held, 3 stopped by a closed gate, 40 handed over as rows, of which nothing shows yet.
grades is still at work.

roster: 48 of 120 changes wait for a decision until 2026-10-02 20:00 +00:00 (UTC). If nobody decides, they are not made, and the next run asks anew.
- 48 students are left with no class, of 1200 in one; 5 may be
- Cedar Hills High: taken away 48 section enrollments; all of it waits
https://rollbook.example/#/plans/roster-2026-10-02-8`)
  expect(nightMail({ ...mail, waiting: null, speech: en }).text).toContain("what waits is not known")

  const inLanguageOf = async (language: NightLanguage) => {
    const speech = await Effect.runPromise(speechOf(language, (one) => Effect.promise(() => inLanguage(one))))
    const { body: lines = [], text: subject } = nightMail({ ...mail, speech })
    const unread = nightMail({ ...mail, waiting: null, speech })
    return [subject, ...lines, unread.text, ...(unread.body ?? [])].join("\n")
  }
  const english = /\b(?:the|is|are|was|of|and|not|with|ran|wait|waits|night|changes|decision waits|done|failed)\b/
  const french = await inLanguageOf("fr")
  expect(french).toMatch(
    /^rollbook, nuit au 2 oct\. 2026\u202f: 1 pipeline ne s’est pas bien déroulé, sur 2\u202f; une décision attend\n/
  )
  expect(french).toMatch(/roster s’est bien déroulé \(exécution 8\)\u202f: 12 faits/)
  expect(french).toMatch(
    /48 changements sur 120 attendent une décision jusqu’au 2 oct\. 2026, 20.{1,3}00 UTC\. Si personne/
  )
  expect(french).toMatch(/- 48 élèves restent sans classe/)
  expect(french).toMatch(/- Cedar Hills High\u202f: .*48 inscriptions.*tout attend/)
  const spanish = await inLanguageOf("es")
  expect(spanish).toMatch(/^rollbook, noche al 2 oct 2026: 1 pipeline no fue bien, de 2; una decisión espera\n/)
  expect(spanish).toMatch(/- 48 estudiantes quedan sin clase/)
  for (const mail of [french, spanish]) expect(mail.replaceAll(/https?:\S+/g, "")).not.toMatch(english)
})

it("where the mail server takes nothing it is tried again, over a restart, shown until then, and sent once", async () => {
  let state: AlertState = noAlerts
  let refuses = true
  const sent: Array<string> = []
  const said: Array<string> = []
  const messenger = Layer.succeed(Messenger, {
    ways: ["webhook"],
    send: (way, { id }) =>
      refuses
        ? Effect.fail(new MessageNotSent({ way, detail: "the mail server did not take it (EENVELOPE 550)" }))
        : Effect.sync(() => void sent.push(`${way} ${id}`)),
    ping: Effect.void
  })
  const started = () =>
    Effect.runPromise(
      makeAlerting({
        state,
        keep: (kept) => Effect.sync(() => void (state = structuredClone(kept))),
        say: (level, message) => Effect.sync(() => void said.push(`${level} ${message}`))
      }).pipe(Effect.provide(messenger))
    )
  const night = { until: at("06:00"), message: { id: "night-1", text: "t", fields: {}, body: ["b"] }, by: "night_mail" }
  const first = await started()
  await Effect.runPromise(first.tellNight({ ...night, now: at("02:40") }))
  expect(said).toEqual(["error the mail of the night did not go: the mail server did not take it (EENVELOPE 550)"])
  expect(first.undelivered()).toEqual([{ id: "night-1", by: ["night_mail"], tries: 1, isGivenUp: false }])
  refuses = false
  const second = await started()
  expect(second.undelivered()).toHaveLength(1)
  await Effect.runPromise(second.tellNight({ ...night, now: at("02:41") }))
  await Effect.runPromise(second.look([], at("02:41")))
  await Effect.runPromise((await started()).look([], at("02:50")))
  expect([sent, state.pending, second.undelivered()]).toEqual([["night_mail night-1"], [], []])
})
