/**
 * Rights of a person or a token, each with what it opens. The names are written in `service.yaml` and given to `token
 * create`.
 */
export const meanings = {
  "see metrics": "counts for Prometheus",
  "see console": "dashboard, runs, plans and audit log, without anybody's name",
  "run updates": "run an update now",
  "approve holds": "release what a guard holds",
  "see configuration": "pipelines, switches and freezes as they stand",
  "change configuration": "turn the switches of the grade export, set freezes",
  "see grades": "which grade items go to the student information system, and what was exported",
  "export grades": "export grades on demand",
  "manage access": "who is signed in and who did what, and the end of sessions",
  "reveal names": "names, user names and addresses instead of ***; each look is noted"
} as const

export type Right = keyof typeof meanings

export const rights = Object.keys(meanings) as ReadonlyArray<Right>

/** Rights that make sense in one course alone, for those who teach it. */
export const courseRights = ["see grades", "export grades", "reveal names"] as const satisfies ReadonlyArray<Right>

export type CourseRight = (typeof courseRights)[number]

export const isRight = (name: string): name is Right => Object.hasOwn(meanings, name)
