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
  /** The settings of a category: whether its items go to the SIS. `key` is the category's. */
  grade_category_settings: "key" | "is_exported"
  /** The settings of an item: its academic session and its section, null if none is set. `key` is the item's. */
  grade_item_settings: "key" | "session" | "section"
  /** Scores; `points` is null where one was cleared. */
  grade_values: "key" | "points"
}

export type Meaning = keyof Meanings

/** The meaning of a collection, and of its columns. */
export interface Serves<M extends Meaning = Meaning> {
  readonly as: M
  /** The system as people call it, for what is said of its records. */
  readonly system: string
  readonly columns: Readonly<Record<Meanings[M], string>>
}

/** A collection that serves as one of the meanings, with the columns that go with it. */
export type AnyServes = { readonly [M in Meaning]: Serves<M> }[Meaning]
