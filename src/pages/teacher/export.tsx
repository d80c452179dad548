import { useState } from "preact/hooks"
import type { Course } from "../../service/http/contract/courses.ts"
import { ask } from "../api.ts"
import { useDoing } from "../asking.ts"
import { Choice } from "../parts/choice.tsx"
import { Answered, Refusal } from "../parts/states.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { go } from "../router.ts"
import { moment, say } from "../words.ts"
import { Contact } from "./contact.tsx"
import { ofCourse, useCourse, useGradebook } from "./course.ts"
import { Categories, Items } from "./items.tsx"

/** Export to SIS: what would go, whether the schedule exports, and the button; or which reason stands against it. */
export const Export = ({ course }: PageProps) => (
  <>
    <Title text={say("nav.export")} />
    <Answered asked={useCourse(course)}>{(known) => <Available course={course} known={known} />}</Answered>
  </>
)

const Available = ({ course, known }: { readonly course: string; readonly known: Course }) => {
  const [section, setSection] = useState("")
  const [session, setSession] = useState("")
  const { run, trouble } = useDoing()
  const start = (): void =>
    run(async () => {
      await ask(ofCourse(course, "exports"), {
        section: section === "" ? null : section,
        session: session === "" ? null : session
      })
      go("courses", course, "exports")
    })
  return (
    <>
      {known.unavailable === null ? (
        <div class="fields">
          <Choice
            label={say("course.section")}
            value={section}
            options={[
              { value: "", text: say("course.allSections") },
              ...known.sections.map((one) => ({ value: one.section, text: one.name }))
            ]}
            onChoose={setSection}
          />
          <Choice
            label={say("course.session")}
            value={session}
            options={[
              { value: "", text: say("course.allSessions") },
              ...known.sessions.map((title) => ({ value: title, text: title }))
            ]}
            onChoose={setSession}
          />
          <d2l-button primary onClick={start}>
            {say("export.start")}
          </d2l-button>
        </div>
      ) : (
        <d2l-alert type="warning">{say(`export.${known.unavailable}`)}</d2l-alert>
      )}
      <Refusal trouble={trouble} />
      <p>
        {known.scheduled_export ? (
          <>
            <d2l-status-indicator state="success" text={say("export.scheduled")} bold />{" "}
            {known.next === null ? null : say("export.scheduledNext", { at: moment(known.next, known.zone) })}
          </>
        ) : (
          say("export.notScheduled")
        )}
      </p>
      {known.sections.length === 0 ? null : (
        <Overview
          course={course}
          all={section === "" ? known.sections : known.sections.filter((one) => one.section === section)}
          session={session}
          zone={known.zone}
        />
      )}
      <Contact contact={known.contact} />
    </>
  )
}

/** Every section that would go, one after the other. */
const Overview = ({
  all,
  course,
  session,
  zone
}: {
  readonly course: string
  readonly all: Course["sections"]
  readonly session: string
  readonly zone: string
}) => (
  <section aria-labelledby="overview">
    <h2 id="overview">{say("export.overview")}</h2>
    {all.map((one) => (
      <SectionOverview
        key={one.section}
        course={course}
        section={one.section}
        name={all.length > 1 ? one.name : ""}
        session={session}
        zone={zone}
      />
    ))}
  </section>
)

const SectionOverview = ({
  course,
  name,
  section,
  session,
  zone
}: {
  readonly course: string
  readonly section: string
  readonly name: string
  readonly session: string
  readonly zone: string
}) => (
  <Answered asked={useGradebook(course, section)}>
    {(book) => {
      const items = book.items.filter((item) => session === "" || item.session === session)
      const going = items.filter(({ goes }) => goes).length
      const level = name === "" ? "h3" : "h4"
      return (
        <>
          {name === "" ? null : <h3>{name}</h3>}
          {book.read_at === null ? null : <p>{say("export.goesN", { n: going, not: items.length - going })}</p>}
          <Categories book={book} level={level} />
          <Items book={book} items={items} level={level} zone={zone} />
        </>
      )
    }}
  </Answered>
)
