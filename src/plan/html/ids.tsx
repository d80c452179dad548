/** Ids that a reader types into a command: an odd part of a text split by this is one. The page's script splits as well. */
export const idPattern = /((?:hold|approval)-[0-9]+)/

/** A text whose ids stay in one piece: an id broken at its hyphen reads as two things. */
export const WithIds = ({ text }: { readonly text: string }) => (
  <>{text.split(idPattern).map((part, index) => (index % 2 === 1 ? <span class="id">{part}</span> : part))}</>
)
