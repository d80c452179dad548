import { useState } from "preact/hooks"
import type { Cleanup as CleanupList } from "../../service/http/contract/courses.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { Reveal } from "../parts/reveal.tsx"
import { Answered, Empty } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { number, say } from "../words.ts"
import { ofCourse } from "./course.ts"
import { Said } from "../parts/said.tsx"

/** Clean-up to be done by hand in the SIS, where rollbook takes nothing away. */
export const Cleanup = ({ course, session }: PageProps) => {
  const [reveals, setReveals] = useState(false)
  const asked = useAsked<CleanupList>(`${ofCourse(course, "cleanup")}${reveals ? "?reveal=true" : ""}`)
  return (
    <>
      <Title text={say("cleanup.title")} />
      <Answered asked={asked}>
        {({ entries }) =>
          entries.length === 0 ? (
            <Empty what={say("cleanup.none")} hint={say("cleanup.noneHint")} />
          ) : (
            <>
              {may(session, "reveal names", course) ? <Reveal isShown={reveals} onReveal={setReveals} /> : null}
              <Table
                name={say("cleanup.title")}
                head={[say("cleanup.assignment"), say("course.section"), say("cleanup.scores"), say("cleanup.why")]}
                numbers={[2]}
                rows={entries.map((entry) => ({
                  key: `${entry.assignment} ${entry.reason}`,
                  cells: [
                    entry.title,
                    entry.section,
                    reveals ? entry.students.join(", ") : number(entry.students.length),
                    <Said told={entry.say} />
                  ]
                }))}
              />
            </>
          )
        }
      </Answered>
    </>
  )
}
