import type { Gradebook } from "../../service/http/contract/courses.ts"
import { Empty } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { day, moment, say } from "../words.ts"
import { Said } from "../parts/said.tsx"

/** Under what they stand: a page, a section of it, or one of several classes in there. */
export type HeadLevel = "h2" | "h3" | "h4"

/** The categories of a grade book with their SIS tag; of one that was never read nothing is known, and nothing is said. */
export const Categories = ({ book, level: Head }: { readonly book: Gradebook; readonly level: HeadLevel }) =>
  book.read_at === null ? null : (
    <>
      <Head>{say("grades.categories")}</Head>
      {book.categories.length === 0 ? (
        <p>{say("grades.noCategories")}</p>
      ) : (
        <Table
          name={say("grades.categories")}
          head={[say("grades.category"), say("grades.sis")]}
          rows={book.categories.map(({ is_exported: isExported, name }) => ({
            key: name,
            cells: [
              name,
              isExported === null ? (
                say("grades.notTold")
              ) : isExported ? (
                <span class="tag">{say("grades.tag")}</span>
              ) : (
                say("grades.noTag")
              )
            ]
          }))}
        />
      )}
    </>
  )

/** The items, with the term or why they do not go, and how old that knowledge is. */
export const Items = ({
  book,
  items,
  level: Head,
  zone
}: {
  readonly book: Gradebook
  readonly level: HeadLevel
  readonly items: Gradebook["items"]
  readonly zone: string
}) => (
  <>
    <Head>{say("grades.items")}</Head>
    <p class="quiet">
      {book.read_at === null ? say("grades.neverRead") : say("grades.read", { at: moment(book.read_at, zone) })}
    </p>
    {items.length === 0 ? (
      book.read_at === null ? null : (
        <Empty what={say("grades.noItems")} hint="" />
      )
    ) : (
      <Table
        name={say("grades.items")}
        head={[
          say("grades.item"),
          say("grades.category"),
          say("grades.term"),
          say("grades.due"),
          say("grades.goes"),
          say("grades.why"),
          say("grades.lastSent")
        ]}
        rows={items.map((item) => ({
          key: item.id,
          cells: [
            item.name,
            item.category ?? say("word.none"),
            item.session ?? say("word.none"),
            item.due_date === null ? "" : day(item.due_date),
            item.goes ? <strong>{say("word.yes")}</strong> : say("word.no"),
            <WhyNot item={item} zone={zone} />,
            item.last_sent_at === null ? say("word.never") : moment(item.last_sent_at, zone)
          ]
        }))}
      />
    )}
  </>
)

/** Why an item does not go; of one that goes, how its last sending went wrong. */
const WhyNot = ({ item, zone }: { readonly item: Gradebook["items"][number]; readonly zone: string }) => {
  const why = item.reason ?? item.last_problem
  return why === null ? null : <Said told={why} zone={zone} />
}
