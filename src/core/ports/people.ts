import type * as Effect from "effect/Effect"
import type { TargetError } from "./target.ts"

/** How a person stands in a learning platform, by what the platform itself says when it is asked. */
export interface Standing {
  /** Null where the platform keeps it to itself. */
  readonly userName: string | null
  /** Name of the role in the organization, above every course; null where there is none, or the account is closed. */
  readonly roleInOrganization: string | null
  /** Name of the role in the course that was asked about; null where there is none, or no course was asked about. */
  readonly roleInCourse: string | null
}

/** The people of a learning platform; read alone. */
export interface People {
  /**
   * The standing of a person, named as a launch does, in a course by its id there; null where that names nobody of the
   * platform.
   */
  readonly standing: (subject: string, course: string | null) => Effect.Effect<Standing | null, TargetError>
}
