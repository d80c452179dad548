import { useState } from "preact/hooks"
import { Choice } from "../parts/choice.tsx"
import { Answered, Empty } from "../parts/states.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { say } from "../words.ts"
import { Contact } from "./contact.tsx"
import { useCourse, useGradebook } from "./course.ts"
import { Categories, Items } from "./items.tsx"

/** Manage Grades: which categories and items go to the SIS, and why others do not. */
export const Grades = ({ course }: PageProps) => {
  const asked = useCourse(course)
  const [section, setSection] = useState("")
  return (
    <>
      <Title text={say("nav.grades")} />
      <Answered asked={asked}>
        {({ contact, sections, zone }) =>
          sections.length === 0 ? (
            <Empty what={say("course.notManaged")} hint={say("export.NotManaged")} />
          ) : (
            <>
              {sections.length === 1 ? null : (
                <Choice
                  label={say("course.section")}
                  value={section === "" ? (sections[0]?.section ?? "") : section}
                  options={sections.map((one) => ({ value: one.section, text: one.name }))}
                  onChoose={setSection}
                />
              )}
              <Book course={course} section={section} zone={zone} />
              <p class="quiet">{say("app.zone", { zone })}</p>
              <Contact contact={contact} />
            </>
          )
        }
      </Answered>
    </>
  )
}

const Book = ({
  course,
  section,
  zone
}: {
  readonly course: string
  readonly section: string
  readonly zone: string
}) => (
  <Answered asked={useGradebook(course, section)}>
    {(book) => (
      <>
        <Categories book={book} level="h2" />
        <Items book={book} items={book.items} level="h2" zone={zone} />
      </>
    )}
  </Answered>
)
