import { momentWithZone } from "../../core/clock.ts"
import { schoolSays } from "../../plan/in-short.ts"
import type { NightSpeech, NightWords } from "../night-words.ts"

const verdicts = {
  good: "ran well",
  held: "ran, and holds something",
  partial: "was carried out in part",
  failing: "failed",
  interrupted: "was interrupted",
  "not begun": "did not begin: another process has the workspace"
} as const

const words: NightWords = {
  subject: (day, verdict) => `rollbook, night to ${day}: ${verdict.join("; ")}`,
  allWell: "all ran well, and nothing waits",
  notWell: (pipelines, of) => `${pipelines} of ${of} pipelines did not run well`,
  decisions: (waiting) => (waiting === 1 ? "one decision waits" : `${waiting} decisions wait`),
  waitingUnknown: "what waits is not known",
  waitingUnread:
    "What waits for a decision could not be read when this was written: the dashboard says it, or `rollbook show`.",
  atWork: (pipeline) => `${pipeline} is still at work.`,
  notBegun: (pipeline) => `${pipeline} has not begun yet.`,
  leftOut: (pipeline) => `${pipeline} was left out.`,
  switchedOff: (pipeline) => `${pipeline} is switched off: nothing was read or sent.`,
  ended: ({ pipeline, run, steps, verdict }) => {
    const which = run === null ? "" : ` (run ${run})`
    const stopped = steps !== null && steps.stopped > 0 ? `, ${steps.stopped} stopped by a closed gate` : ""
    const awaited =
      steps !== null && steps.awaited > 0 ? `, ${steps.awaited} handed over as rows, of which nothing shows yet` : ""
    const counts =
      steps === null
        ? ""
        : `: ${steps.done} done, ${steps.failed} failed, ${steps.notReached} not reached, ${steps.held} held${stopped}${awaited}`
    return `${pipeline} ${verdicts[verdict]}${which}${counts}.`
  },
  decide: ({ held, of, pipeline, until }) =>
    `${pipeline}: ${held} of ${of} changes wait for a decision until ${until}. If nobody decides, they are not made, and the next run asks anew.`,
  unknown: ({ held, of, pipeline }) =>
    `${pipeline}: ${held} of ${of} changes wait until it is known what they would do.`
}

export const en: NightSpeech = {
  words,
  tell: ({ say }) => say,
  school: schoolSays,
  moment: (instant, zone) => `${momentWithZone(new Date(instant), zone)} (${zone})`,
  day: (day) => day
}
