import type { NightWords } from "../night-words.ts"

const verdicts = {
  good: "fue bien",
  held: "terminó y retiene algo",
  partial: "se llevó a cabo en parte",
  failing: "falló",
  interrupted: "se interrumpió",
  "not begun": "no empezó: otro proceso tiene el espacio de trabajo"
} as const

export const es: NightWords = {
  subject: (day, verdict) => `rollbook, noche al ${day}: ${verdict.join("; ")}`,
  allWell: "todo fue bien y nada espera",
  notWell: (pipelines, of) => `${pipelines} pipeline${pipelines === 1 ? " no fue" : "s no fueron"} bien, de ${of}`,
  decisions: (waiting) => (waiting === 1 ? "una decisión espera" : `${waiting} decisiones esperan`),
  waitingUnknown: "no se sabe qué espera",
  waitingUnread:
    "Lo que espera una decisión no se pudo leer cuando se escribió esto: lo dice el panel, o «rollbook show».",
  atWork: (pipeline) => `${pipeline} todavía trabaja.`,
  notBegun: (pipeline) => `${pipeline} no ha empezado aún.`,
  leftOut: (pipeline) => `${pipeline} se dejó fuera.`,
  switchedOff: (pipeline) => `${pipeline} está desactivado: no se leyó ni se envió nada.`,
  ended: ({ pipeline, run, steps, verdict }) => {
    const which = run === null ? "" : ` (ejecución ${run})`
    const stopped = steps !== null && steps.stopped > 0 ? `, ${steps.stopped} detenidos por una barrera cerrada` : ""
    const awaited =
      steps !== null && steps.awaited > 0
        ? `, ${steps.awaited} entregados como filas, de los que aún no se ve nada`
        : ""
    const counts =
      steps === null
        ? ""
        : `: ${steps.done} hechos, ${steps.failed} fallidos, ${steps.notReached} no alcanzados, ${steps.held} retenidos${stopped}${awaited}`
    return `${pipeline} ${verdicts[verdict]}${which}${counts}.`
  },
  decide: ({ held, of, pipeline, until }) =>
    `${pipeline}: ${held} de ${of} cambios esperan una decisión hasta el ${until}. Si nadie decide, no se hacen, y la próxima ejecución vuelve a preguntar.`,
  unknown: ({ held, of, pipeline }) => `${pipeline}: ${held} de ${of} cambios esperan a que se sepa qué harían.`
}
