import { changed } from "./changed.ts"
import { edited } from "./edited.ts"
import { empty } from "./empty.ts"
import { flapping } from "./flapping.ts"
import { gone } from "./gone.ts"
import { identity } from "./identity.ts"
import { incomplete } from "./incomplete.ts"
import { incompleteChange } from "./incomplete-change.ts"
import { manyGuardians } from "./many-guardians.ts"
import { manyStudents } from "./many-students.ts"
import { perSchool } from "./per-school.ts"
import { perSection } from "./per-section.ts"
import { pipelineChanged } from "./pipeline-changed.ts"
import { rekey } from "./rekey.ts"
import { schoolGrowth } from "./school-growth.ts"
import { sectionGrowth } from "./section-growth.ts"
import { studentsWithoutClass } from "./students-without-class.ts"
import { nameConflict } from "./name-conflict.ts"
import { teachersWithoutStudents } from "./teachers-without-students.ts"
import { unknown } from "./unknown.ts"
import { upstreamRemovals } from "./upstream-removals.ts"
import { upstreamUpdates } from "./upstream-updates.ts"
import { unusualAdditions, unusualRemovals } from "./unusual.ts"

/**
 * All guards, in the order in which they are asked: a step stays under the first that trips over it, so that what names
 * people comes before what counts rows. Those in one bracket are asked together, entity by entity. Names in plans, keys of
 * the YAML, limits, their defaults and the key reference follow from this list.
 */
export const guards = [
  [incomplete, incompleteChange, empty],
  [rekey],
  [teachersWithoutStudents, studentsWithoutClass],
  [manyGuardians, manyStudents],
  [flapping],
  [pipelineChanged],
  [
    identity,
    gone,
    changed,
    unusualRemovals,
    unusualAdditions,
    perSchool,
    perSection,
    sectionGrowth,
    schoolGrowth,
    unknown
  ],
  [nameConflict],
  [edited],
  [upstreamUpdates],
  [upstreamRemovals]
] as const
