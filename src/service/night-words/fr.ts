import type { NightWords } from "../night-words.ts"

const verdicts = {
  good: "s’est bien déroulé",
  held: "s’est déroulé et retient quelque chose",
  partial: "n’a été exécuté qu’en partie",
  failing: "a échoué",
  interrupted: "a été interrompu",
  "not begun": "n’a pas commencé : un autre processus tient l’espace de travail"
} as const

export const fr: NightWords = {
  subject: (day, verdict) => `rollbook, nuit au ${day} : ${verdict.join(" ; ")}`,
  allWell: "tout s’est bien déroulé, et rien n’attend",
  notWell: (pipelines, of) =>
    `${pipelines} pipeline${pipelines === 1 ? " ne s’est pas bien déroulé" : "s ne se sont pas bien déroulés"}, sur ${of}`,
  decisions: (waiting) => (waiting === 1 ? "une décision attend" : `${waiting} décisions attendent`),
  waitingUnknown: "on ne sait pas ce qui attend",
  waitingUnread:
    "Ce qui attend une décision n’a pas pu être lu quand ceci a été écrit : le tableau de bord le dit, ou « rollbook show ».",
  atWork: (pipeline) => `${pipeline} travaille encore.`,
  notBegun: (pipeline) => `${pipeline} n’a pas encore commencé.`,
  leftOut: (pipeline) => `${pipeline} a été laissé de côté.`,
  switchedOff: (pipeline) => `${pipeline} est désactivé : rien n’a été lu ni envoyé.`,
  ended: ({ pipeline, run, steps, verdict }) => {
    const which = run === null ? "" : ` (exécution ${run})`
    const stopped = steps !== null && steps.stopped > 0 ? `, ${steps.stopped} arrêtés par une barrière fermée` : ""
    const awaited =
      steps !== null && steps.awaited > 0
        ? `, ${steps.awaited} remis sous forme de lignes, dont rien ne se voit encore`
        : ""
    const counts =
      steps === null
        ? ""
        : ` : ${steps.done} faits, ${steps.failed} en échec, ${steps.notReached} non atteints, ${steps.held} retenus${stopped}${awaited}`
    return `${pipeline} ${verdicts[verdict]}${which}${counts}.`
  },
  decide: ({ held, of, pipeline, until }) =>
    `${pipeline} : ${held} changements sur ${of} attendent une décision jusqu’au ${until}. Si personne ne décide, ils ne sont pas faits, et la prochaine exécution demande de nouveau.`,
  unknown: ({ held, of, pipeline }) =>
    `${pipeline} : ${held} changements sur ${of} attendent que l’on sache ce qu’ils feraient.`
}
