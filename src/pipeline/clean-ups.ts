/** A clean-up of a text, with what it makes of one. */
export interface CleanUp {
  readonly name: string
  readonly description: string
  /** As it is written under `steps`. */
  readonly written: string
  readonly given: string
  readonly becomes: string
}

/** Every clean-up, in the words of the reference. The example of `code_characters` is that of Brightspace's codes. */
export const cleanUps = [
  {
    name: "trim",
    description: "takes white space of every sort, control characters and what takes no width from both ends",
    written: "trim",
    given: "  Ada ",
    becomes: "Ada"
  },
  {
    name: "collapse_spaces",
    description: "makes one space of several, and of tabs and line ends",
    written: "collapse_spaces",
    given: "English   9",
    becomes: "English 9"
  },
  {
    name: "lower",
    description: "lower case",
    written: "lower",
    given: "Ada@District.EXAMPLE",
    becomes: "ada@district.example"
  },
  {
    name: "upper",
    description: "upper case",
    written: "upper",
    given: "eng9",
    becomes: "ENG9"
  },
  {
    name: "code_characters",
    description:
      "what the target refuses in the field, or else in its codes, becomes _, and the text is as long as it takes at most",
    written: "code_characters",
    given: "Math 7/8: A & B",
    becomes: "Math 7/8_ A _ B"
  },
  {
    name: "replace",
    description: "characters that become another text",
    written: '{ replace: { characters: ":/", with: "_" } }',
    given: "Math 7/8: A",
    becomes: "Math 7_8_ A"
  },
  {
    name: "shorten",
    description:
      "at most so many characters stay, counted in UTF-16 units, as Java and .NET count; never half a letter",
    written: "{ shorten: 7 }",
    given: "Introduction",
    becomes: "Introdu"
  }
] as const satisfies ReadonlyArray<CleanUp>

type Name = (typeof cleanUps)[number]["name"]

/** Those that are written as a word alone. */
export const cleanUpWords: ReadonlyArray<Name> = cleanUps.flatMap(({ name, written }) =>
  name === written ? [name] : []
)

export const cleanUpIs = (name: Name): string => cleanUps.find((one) => one.name === name)?.description ?? ""
