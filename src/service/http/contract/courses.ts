import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { RunOutcome } from "../../../state/runs.ts"
import { get, numberWithin, orNull, post, Reveal } from "./endpoint.ts"
import { Busy, NotFound, Refused } from "./errors.ts"
import { Admitted, SignedIn } from "./guard.ts"
import { AskedView } from "./runs.ts"
import { Told } from "./told.ts"

/** Forms that teachers see of a course: items that go to the SIS, exports that went, and clean-up to be done by hand. */

export const unavailable = ["NoPermission", "SwitchedOff", "NotManaged"] as const

const Course = Schema.Struct({
  course: Schema.String.annotations({ description: "as it was asked for" }),
  name: orNull(Schema.String),
  zone: Schema.String.annotations({ description: "IANA name of the district's time zone" }),
  sections: Schema.Array(
    Schema.Struct({ section: Schema.String, name: Schema.String }).annotations({ description: "by SIS id" })
  ),
  sessions: Schema.Array(Schema.String).annotations({ description: "titles that items of the course carry" }),
  scheduled_export: Schema.Boolean.annotations({ description: "whether the schedule exports and is carried out" }),
  next: orNull(Schema.String).annotations({ description: "instant of the next scheduled export" }),
  unavailable: orNull(Schema.Literal(...unavailable)).annotations({
    description: "why no export may be asked for; null where it may"
  }),
  contact: orNull(Schema.String).annotations({ description: "whom to ask" })
}).annotations({ identifier: "Course" })
export type Course = typeof Course.Type

const ItemView = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  category: orNull(Schema.String),
  session: orNull(Schema.String),
  due_date: orNull(Schema.String),
  known_at: orNull(Schema.String),
  goes: Schema.Boolean,
  reason: orNull(Told),
  last_sent_at: orNull(Schema.String).annotations({
    description: "instant at which it was last sent for this section; null = never"
  }),
  last_problem: orNull(Told)
}).annotations({ identifier: "GradeItem" })
export type ItemView = typeof ItemView.Type

const Gradebook = Schema.Struct({
  section: Schema.String,
  name: orNull(Schema.String),
  read_at: orNull(Schema.String).annotations({ description: "when it was last read; null = never" }),
  categories: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      is_exported: orNull(Schema.Boolean).annotations({ description: "its SIS tag; null where it is not told" })
    })
  ),
  items: Schema.Array(ItemView)
}).annotations({ identifier: "Gradebook" })
export type Gradebook = typeof Gradebook.Type

export const ExportWanted = Schema.Struct({
  section: orNull(Schema.String),
  session: orNull(Schema.String)
}).annotations({ identifier: "ExportWanted" })
export type ExportWanted = typeof ExportWanted.Type

const ExportFields = {
  run: Schema.Number,
  pipeline: Schema.String,
  started_at: Schema.String,
  ended_at: orNull(Schema.String),
  by: orNull(Schema.String).annotations({ description: "null = the schedule" }),
  outcome: RunOutcome,
  students: orNull(Schema.Number).annotations({
    description:
      "each once, in however many classes; null = kept by an earlier build, which counted them class by class"
  }),
  items: Schema.Number,
  scores: Schema.Number,
  errors: Schema.Number,
  stopped: Schema.Number
}
const ExportView = Schema.Struct(ExportFields).annotations({ identifier: "Export" })
export type ExportView = typeof ExportView.Type

const AskedExport = Schema.Struct({
  ...AskedView.fields,
  stage: orNull(Schema.String),
  done: orNull(Schema.Number),
  total: orNull(Schema.Number)
}).annotations({ identifier: "AskedExport" })
export type AskedExport = typeof AskedExport.Type

const Exports = Schema.Struct({
  under_way: Schema.Array(AskedExport).annotations({ description: "asked for, and not ended yet or just now" }),
  exports: Schema.Array(ExportView)
}).annotations({ identifier: "Exports" })
export type Exports = typeof Exports.Type

const StudentResult = Schema.Struct({
  student: orNull(Schema.String).annotations({ description: "name and id; null unless names may be seen" }),
  item: orNull(Schema.String),
  score: orNull(Schema.String),
  state: Schema.Literal("sent", "stood so", "failed", "waiting"),
  why: orNull(Told),
  until: orNull(Schema.String).annotations({ description: "until when it waits, where that is known" }),
  changed_in_sis: Schema.Boolean.annotations({ description: "whether somebody had changed it in the SIS" })
}).annotations({ identifier: "StudentResult" })
export type StudentResult = typeof StudentResult.Type

const OneExport = Schema.Struct({
  ...ExportFields,
  course: orNull(Schema.String),
  results: Schema.Array(StudentResult),
  item_results: Schema.Array(
    Schema.Struct({
      item: orNull(Schema.String),
      action: Schema.String,
      state: Schema.Literal("sent", "stood so", "failed", "waiting"),
      why: orNull(Told)
    })
  ),
  more: Schema.Number.annotations({ description: "further results that are not listed" }),
  contact: orNull(Schema.String)
}).annotations({ identifier: "OneExport" })
export type OneExport = typeof OneExport.Type

const Cleanup = Schema.Struct({
  entries: Schema.Array(
    Schema.Struct({
      reason: Schema.String,
      say: Told,
      section: Schema.String,
      title: Schema.String,
      assignment: Schema.String,
      students: Schema.Array(Schema.String).annotations({ description: "by SIS id; *** unless names may be seen" })
    })
  )
}).annotations({ identifier: "Cleanup" })
export type Cleanup = typeof Cleanup.Type

const course = Schema.String.annotations({
  description:
    "its id in the learning platform that launched whoever asks; of others, where several platforms are connected, CONNECTION:ID"
})
const ofCourse = Schema.Struct({ course })

export const coursesGroup = HttpApiGroup.make("courses", { topLevel: true })
  .add(get("course").setPath(ofCourse).addSuccess(Course))
  .add(
    get("gradebook")
      .setPath(ofCourse)
      .setUrlParams(Schema.Struct({ section: Schema.optional(Schema.String) }))
      .addSuccess(Gradebook)
  )
  .add(post("startExport").setPath(ofCourse).setPayload(ExportWanted).addSuccess(AskedView, { status: 202 }))
  .add(get("exports").setPath(ofCourse).addSuccess(Exports))
  .add(
    get("oneExport")
      .setPath(Schema.Struct({ course, run: numberWithin(0, 2_000_000_000) }))
      .setUrlParams(Schema.Struct(Reveal))
      .addSuccess(OneExport)
  )
  .add(get("cleanup").setPath(ofCourse).setUrlParams(Schema.Struct(Reveal)).addSuccess(Cleanup))
  .addError(NotFound)
  .addError(Refused)
  .addError(Busy)
  .middleware(Admitted)
  .middleware(SignedIn)
