import type { AskedExport, Exports as ExportList } from "../../service/http/contract/courses.ts"
import { Answered, Empty } from "../parts/states.tsx"
import { Status } from "../parts/status.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { href } from "../router.ts"
import { moment, number, say, sayOf } from "../words.ts"
import { useCourse, useExports } from "./course.ts"
import { OneExportPage } from "./one-export.tsx"
import { Said } from "../parts/said.tsx"

/** View All Exports: who sent when, and how much; and one of them. */
export const Exports = (props: PageProps) => {
  const { course, rest } = props
  const known = useCourse(course)
  const [run] = rest
  return (
    <Answered asked={known}>
      {({ zone }) =>
        run === undefined ? <All {...props} zone={zone} /> : <OneExportPage {...props} run={run} zone={zone} />
      }
    </Answered>
  )
}

const All = ({ course, zone }: PageProps & { readonly zone: string }) => (
  <>
    <Title text={say("nav.exports")} />
    <Answered asked={useExports(course)}>
      {(list) => (
        <>
          <UnderWay list={list} zone={zone} />
          {list.exports.length === 0 ? (
            <Empty what={say("exports.none")} hint={say("exports.noneHint")} />
          ) : (
            <Ended course={course} list={list} zone={zone} />
          )}
          <p class="quiet">{say("app.zone", { zone })}</p>
        </>
      )}
    </Answered>
  </>
)

const Ended = ({
  course,
  list,
  zone
}: {
  readonly course: string
  readonly list: ExportList
  readonly zone: string
}) => {
  const named = areSeveral(list)
  const ifNamed = (cell: string): ReadonlyArray<string> => (named ? [cell] : [])
  const first = named ? 4 : 3
  return (
    <Table
      name={say("nav.exports")}
      numbers={[0, 1, 2, 3, 4].map((at) => first + at)}
      head={[
        say("run.started"),
        ...ifNamed(say("run.pipeline")),
        say("run.by"),
        say("run.outcome"),
        say("exports.students"),
        say("exports.items"),
        say("exports.scores"),
        say("exports.errors"),
        say("exports.waiting")
      ]}
      rows={list.exports.map((one) => ({
        key: String(one.run),
        cells: [
          <a href={href("courses", course, "exports", String(one.run))}>{moment(one.started_at, zone)}</a>,
          ...ifNamed(one.pipeline),
          one.by ?? say("exports.nightly"),
          <Status word={one.outcome} />,
          one.students === null ? say("word.unknown") : number(one.students),
          number(one.items),
          number(one.scores),
          number(one.errors),
          number(one.stopped)
        ]
      }))}
    />
  )
}

/** Whether a course goes by more than one pipeline, so that one export is told from another by its name. */
const areSeveral = ({ exports, under_way: underWay }: ExportList): boolean =>
  new Set([...exports, ...underWay].map(({ pipeline }) => pipeline)).size > 1

/** Exports that were asked for and have not ended; told anew as they change. */
const UnderWay = ({ list, zone }: { readonly list: ExportList; readonly zone: string }) => {
  const shown = list.under_way.filter(
    ({ outcome, state }) =>
      state !== "ended" || outcome === "failing" || outcome === "switched off" || outcome === "refused"
  )
  return (
    <div aria-live="polite">
      {shown.map((one) => (
        <div class="card" key={one.id}>
          <p>
            <Status group="exports.state" word={one.state} />{" "}
            {areSeveral(list) ? `${one.pipeline}${say("word.colon")} ` : ""}
            {say("exports.open", { at: moment(one.asked_at, zone), who: one.asked_by })}
            {progressOf(one)}
            {one.outcome === null ? null : (
              <>
                {" "}
                <Status word={one.outcome} />
              </>
            )}
            {one.reason === null ? null : (
              <>
                {" "}
                <Said told={one.reason} zone={zone} />
              </>
            )}
          </p>
        </div>
      ))}
    </div>
  )
}

const progressOf = ({ done, stage, total }: AskedExport): string =>
  stage === null
    ? ""
    : `, ${sayOf("stage", stage)}${done === null ? "" : ` ${number(done)}${total === null ? "" : `/${number(total)}`}`}`
