import type { Diagnostic } from "../core/diagnostics.ts"
import type { Definition } from "./definition.ts"
import { takesGrades } from "./serving.ts"
import type { SourceFile } from "./source-file.ts"

/** Entities of another pipeline from which a pipeline of grades knows its classes, people, seats and terms, by name. */
export const ofRosters = {
  courses: "course_offering",
  sections: "section",
  people: "user",
  enrollments: "enrollment",
  terms: "semester"
} as const

/**
 * Refuses a pipeline of grades that would know its classes from two others: whoever asks about a class would be answered out of the
 * first one alone, and the classes, titles and terms of the second would be unknown.
 */
export const refuseTwoRosters = (source: SourceFile, definition: Definition, problems: Array<Diagnostic>): void => {
  if (!takesGrades(definition)) return
  const first = new Map<string, string>()
  for (const { at, mode } of definition.datasets) {
    if (mode.kind !== "ledger" || mode.pipeline === definition.name) continue
    if (!Object.values<string>(ofRosters).includes(mode.entity)) continue
    const other = first.get(mode.entity)
    first.set(mode.entity, other ?? mode.pipeline)
    if (other === undefined || other === mode.pipeline) continue
    problems.push(
      source.diagnostic(
        at,
        `a pipeline of grades knows its classes from one roster, and ${mode.entity} is used from ${other} already`,
        { hint: `a pipeline of grades for each: another file and name, with uses: { ${mode.pipeline}: […] }` }
      )
    )
  }
}
