import * as Effect from "effect/Effect"
import type { Applied } from "../run/apply.ts"
import { notReadSentences } from "../plan/not-read-text.ts"
import { approveCommands, heldFor } from "../plan/in-short.ts"
import { whatFollows } from "../plan/undo-text.ts"
import { EndedWith } from "./exit.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { exitCodeOfApply } from "./flow.ts"
import { note, print } from "./output.ts"

/** An apply in machine form. */
export const applyAsJson = ({ approvals, execution, held, longestTurn, plan, run }: Applied) => ({
  run,
  plan_id: plan.plan_id,
  ...execution,
  held,
  approvals,
  ...(longestTurn === null ? {} : { longestTurn })
})

/** Says how an apply ended, and ends the command with the code for it. */
export const reportApply = (applied: Applied, json: boolean): Effect.Effect<void, EndedWith> =>
  Effect.gen(function* () {
    const { approvals, execution, held, plan, run } = applied
    if (!json) {
      const said = [
        `${count(execution.done, "step")} done`,
        ...(execution.doneBefore === undefined ? [] : [`${execution.doneBefore} of them before it was interrupted`]),
        ...(execution.alreadySo > 0 ? [`${execution.alreadySo} of them stood so already`] : []),
        ...(execution.followed > 0 ? [`${execution.followed} more followed from them`] : []),
        ...(execution.failed > 0 ? [`${execution.failed} failed`] : []),
        ...(execution.stopped > 0 ? [`${execution.stopped} stopped by a closed gate`] : []),
        ...(execution.exportedMeanwhile === undefined
          ? []
          : [
              `${execution.exportedMeanwhile} left out, as their section was exported meanwhile: the next run compares it again`
            ]),
        ...(execution.awaited === undefined
          ? []
          : [`${execution.awaited} handed over as rows, of which nothing shows yet`]),
        ...(execution.notReached > (execution.awaited ?? 0)
          ? [`${execution.notReached - (execution.awaited ?? 0)} not reached`]
          : []),
        ...(held > 0 ? [`${held} held ${heldFor(plan)}`] : [])
      ]
      for (const one of approvals) {
        if (one.steps > 0)
          yield* note(`${count(one.steps, "held step")} released by ${one.id} of ${one.approved_by}: ${one.why}`)
      }
      yield* print(`Run ${run} of ${plan.pipeline}: ${said.join(", ")}.`)
    }
    if (execution.failed > 0)
      yield* note(
        `rollbook show ${run} names the steps that failed, with the target's reason; the next run tries them again.`
      )
    if (execution.stopped > 0) {
      yield* note(
        `rollbook show ${run} --outcome stopped names the steps that a closed gate stopped, and says which; they wait, and the next run plans them again.`
      )
    }
    if (execution.unreadable !== undefined) {
      yield* note(
        `Not to be read in the journal: ${execution.unreadable.slice(0, 10).join(", ")}${execution.unreadable.length > 10 ? " and more" : ""}. Of every step without an outcome the target was asked before it was sent. The journal is kept, with .unreadable at its end.`
      )
    }
    if (execution.awaited !== undefined) {
      yield* note(
        `How rows ended is unknown until they show: nothing of them is sent again, and nothing is taken down. rollbook resume, or the next run, looks for them again.`
      )
    }
    if (execution.stoppedBy !== null) {
      yield* note(
        `Stopped, because the target no longer answers as it should: ${execution.stoppedBy}\nrollbook resume goes on where it stopped.`
      )
    }
    if (held > 0) {
      const [approve] = approveCommands(plan)
      yield* note(
        `rollbook show ${plan.plan_id} says what is held and why${approve === undefined ? "" : `; ${approve} releases it`}.`
      )
    }
    const follows = whatFollows(plan)
    if (follows !== null) yield* note(follows)
    for (const one of notReadSentences(plan)) yield* note(`NOT READ ${one}`)
    const code = exitCodeOfApply(applied)
    if (code !== exitCodes.done) return yield* new EndedWith({ code })
  })

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`
