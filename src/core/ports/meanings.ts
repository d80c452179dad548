/**
 * Collections that rollbook itself knows the use of, beside what pipelines make of them, with the columns that it asks for.
 * A connector says which of its columns each is; what it does not say is not to be had of its system.
 */
export interface Meanings {
  /** Terms and grading periods; the dates are days. */
  academic_sessions: "id" | "title" | "type" | "parent" | "start_date" | "end_date"
  /** Items of grade books: `key` tells one from all others, `id` from those of its course. */
  grade_items: "key" | "course" | "id" | "name" | "category" | "is_hidden"
  grade_categories: "key" | "course" | "id" | "name"
  /** What is set for a category, `key` being the category's: whether its items go to the SIS. */
  grade_category_settings: "key" | "is_exported"
  /** What is set for an item, `key` being the item's: its academic session and its section, null where none is. */
  grade_item_settings: "key" | "session" | "section"
  /** Scores; `points` is null where one was cleared. */
  grade_values: "key" | "points"
}

export type Meaning = keyof Meanings

/** What a collection is, and which of its columns is which. */
export interface Serves<M extends Meaning = Meaning> {
  readonly as: M
  /** The system as people call it, for what is said of its records. */
  readonly system: string
  readonly columns: Readonly<Record<Meanings[M], string>>
}

/** A collection that serves as one of the meanings, with the columns that go with it. */
export type AnyServes = { readonly [M in Meaning]: Serves<M> }[Meaning]
