/**
 * Names of plans. Each is the name of a folder, of a journal and a word in addresses as well, so that all of them take it by
 * this one definition: `roster-2026-10-01-7`, pipeline, day and run, or `roster-undo-7-8`, the run that is taken back and its
 * own. Pipelines of earlier builds may have a dot or a dash in their names.
 */

/** The name of a plan that a run made for a day (YYYY-MM-DD). */
export const planIdOf = (pipeline: string, asOf: string, run: number): string => `${pipeline}-${asOf}-${run}`

/** The name of a plan that takes a run back. */
export const undoPlanIdOf = (pipeline: string, undone: number, run: number): string =>
  `${pipeline}-undo-${undone}-${run}`

/** Whether a text is the name of a plan: then it names a folder and leads out of none. */
export const isPlanId = (text: string): boolean =>
  text.length <= longest && /^\w[\w.-]*-(?:\d{4}-\d{2}-\d{2}|undo-\d+)-\d+$/.test(text)

/** Characters: with what is put behind it, it is still a name of a file. */
const longest = 200
