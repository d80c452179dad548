import { type OneRosterRecord, type Records, referredId } from "./records.ts"
import { bodyOf, isDateTime, type Refuse, textIn, withoutUndefined } from "./write-body.ts"

const scoreStatuses: ReadonlyArray<unknown> = [
  "exempt",
  "fully graded",
  "not submitted",
  "partially graded",
  "submitted"
]

/**
 * The score that a `{"result": {…}}` makes, or a refusal. Scores above the maximum are taken; an exempt student needs no
 * score. Source: OneRoster 1.1, section 4.10; Infinite Campus, pushing assignment scores to Campus.
 */
export const resultOf = (sourcedId: string, sent: unknown, records: Records, refuse: Refuse): OneRosterRecord => {
  const body = bodyOf(sent, "result", sourcedId, refuse)
  const lineItemId = referredId(body, "lineItem")
  const lineItem = lineItemId === null ? undefined : records.get("lineItems", lineItemId)
  if (lineItem === undefined) throw refuse("unknown object", "There is no such assignment.")
  const studentId = referredId(body, "student")
  const student = studentId === null ? undefined : records.get("users", studentId)
  if (student?.record["role"] !== "student") throw refuse("unknown object", "There is no such student.")
  if (!isOnRoster(student.sourcedId, referredId(lineItem.record, "class"), records)) {
    throw refuse("invalid data", "The student is not on the roster of the section.")
  }
  const { score, scoreStatus, scoreDate } = body
  if (!scoreStatuses.includes(scoreStatus)) throw refuse("invalid data", "scoreStatus is not of the vocabulary.")
  const mayLack = scoreStatus === "exempt" && (score === undefined || score === null)
  if (!mayLack && typeof score !== "number") throw refuse("invalid data", "The score is not a number.")
  if (!isDateTime(scoreDate)) throw refuse("invalid data", "The score date is not a full date and time.")
  return withoutUndefined({
    sourcedId,
    status: "active",
    dateLastModified: new Date().toISOString(),
    metadata: body["metadata"],
    lineItem: { sourcedId: lineItem.sourcedId },
    student: { sourcedId: student.sourcedId },
    scoreStatus,
    score: mayLack ? undefined : score,
    scoreDate,
    comment: textIn(body, "comment", refuse)
  })
}

const isOnRoster = (studentId: string, sectionId: string | null, records: Records): boolean =>
  records
    .referring("enrollments", "user", studentId)
    .some(
      ({ record }) =>
        referredId(record, "class") === sectionId && record["role"] === "student" && record["status"] === "active"
    )
