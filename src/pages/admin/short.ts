import type { PlanReview, SchoolInShort } from "../../service/http/contract/plans.ts"
import { inParts, listed, say, sayOf } from "../words.ts"

/** A plan for whoever has a minute: what goes on and what waits, and what happens in each school. */

export const verdictSays = ({ held, holds, steps: of }: PlanReview): string => {
  if (of === 0) return say("plan.noSteps")
  if (held === 0) return say("plan.nothingHeld", { of })
  const isUnknown = holds.every((hold) => !hold.can_be_approved)
  if (held === of) return say(isUnknown ? "plan.allUnknown" : "plan.allHeld", { of })
  return say(isUnknown ? "plan.someUnknown" : "plan.someHeld", { held, of, rest: of - held })
}

/** `Cedar Hollow High School: taken away: 3 enrollments and 3 section enrollments; all of it waits`. */
export const schoolSays = ({ held, kinds, of, school }: SchoolInShort): string => {
  const verbs = [...new Set(kinds.map(({ verb }) => verb))]
  const said = verbs.map((verb) =>
    say(`verb.${verb}`, {
      what: listed(
        kinds
          .filter((one) => one.verb === verb)
          .map(({ entity, steps }) =>
            say("plan.countOf", { n: steps, what: sayOf(steps === 1 ? "entity" : "entities", entity) })
          )
      )
    })
  )
  const waits = held === 0 ? "" : held === of ? say("plan.allWaits") : say("plan.someWaits", { held, of })
  return `${school}${say("word.colon")} ${inParts(said)}${waits}`
}

/** To what a plan was narrowed; null where it is of everything. */
export const partSays = ({ part }: PlanReview): string | null =>
  part === null
    ? null
    : say("plan.part", {
        what: listed([
          ...part.entities.map((name) => sayOf("entities", name)),
          ...(["school", "section", "session"] as const).flatMap((kind) =>
            part[`${kind}s`].map((name) => `${say(`plan.${kind}`)} ${name}`)
          )
        ])
      })
