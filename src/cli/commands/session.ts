import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { textTable } from "../../core/text-table.ts"
import { noteInTrail } from "../../history/audit-trail.ts"
import { type Chosen, chosenOf, namesOf, shownId } from "../../service/access/chosen.ts"
import type { Session } from "../../service/access/session.ts"
import { sessionsOf } from "../access.ts"
import { accountName } from "../asking.ts"
import { UsageError } from "../exit.ts"
import { optionalText, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const act = Args.choice([
  ["list", "list"],
  ["revoke", "revoke"]
] as const).pipe(Args.withDescription("list, or revoke SESSION"))
const which = Args.text({ name: "session" }).pipe(
  Args.withDescription("the session to end, as the list names it"),
  Args.optional,
  Args.map(Option.getOrNull)
)
const of = Options.text("of").pipe(
  Options.withDescription("end every session of this person, as the list names them"),
  optionalText
)

export const session = Command.make("session", { ...workspaceOptions, of, act, which }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const sessions = sessionsOf(workspace)
    const all = yield* sessions.list(yield* Clock.currentTimeMillis)
    if (given.act === "list") {
      return yield* given.json ? printJson(all.map(shown)) : print(asTable(all))
    }
    const chosen = yield* chosenBy(given)
    const meant = chosenOf(all, chosen)
    if (meant.length === 0) {
      return yield* new UsageError({
        detail: "there is no such session, or it is over",
        hint: "`rollbook session list` lists those that are not"
      })
    }
    yield* noteInTrail(workspace.auditFile, accountName(), "session revoke", namesOf(meant))
    yield* Effect.forEach(meant, ({ key }) => sessions.endByKey(key), { discard: true })
    if (given.json) return yield* printJson({ ended: meant.length })
    yield* note(`${meant.length === 1 ? "One session is" : `${meant.length} sessions are`} over, from this moment on.`)
  })
).pipe(
  described(
    "Who is signed in to `serve`, since when and by which way, and the end of a session, or of all of a person, at once. Whoever may sign in may do so again: rights are taken away in service.yaml or in the learning platform.",
    ["rollbook session list", "rollbook session revoke 9f86d081884c7d65", "rollbook session revoke --of m.oneil"]
  )
)

const chosenBy = ({
  of: who,
  which: id
}: {
  readonly of: string | null
  readonly which: string | null
}): Effect.Effect<Chosen, UsageError> => {
  if (who !== null && id === null) return Effect.succeed({ what: "person", who })
  if (id !== null && who === null) return Effect.succeed({ what: "session", session: id })
  return Effect.fail(
    new UsageError({
      detail: "say which session ends, or whose",
      hint: "rollbook session revoke 9f86d081884c7d65, or rollbook session revoke --of m.oneil"
    })
  )
}

const shown = (one: Session) => ({
  session: shownId(one),
  who: one.who,
  by: one.by,
  rights: one.rights,
  course: one.course === null ? null : one.course.orgUnit,
  since: one.startedAt,
  until: one.expiresAt
})

const asTable = (all: ReadonlyArray<Session>): string =>
  all.length === 0
    ? "Nobody is signed in."
    : textTable(
        [
          ["session", "who", "by", "course", "since", "until"],
          ...all.map((one) => [shownId(one), one.who, one.by, one.course?.orgUnit ?? "", one.startedAt, one.expiresAt])
        ],
        "words"
      ).join("\n")
