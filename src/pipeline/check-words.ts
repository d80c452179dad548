import type { Definition } from "./definition.ts"
import type { Path } from "./source-file.ts"

type Complain = (place: Path, message: string, hint?: string, options?: { readonly key?: boolean }) => void

/**
 * Names become folders, tables and columns: they are words, in lower case, since neither every disk nor the engine tells
 * `Users` from `users`.
 */
export const checkWords = (definition: Definition, complain: Complain): void => {
  const word = (name: string, path: Path, key = true): void => {
    if (!isWord(name))
      complain(path, "a name is lower-case letters, digits and _, and begins with a letter", "", { key })
  }
  word(definition.name, ["pipeline"], false)
  for (const { mode, name } of definition.datasets) {
    if (mode.kind === "ledger") {
      if (!isWord(mode.pipeline)) word(mode.pipeline, ["uses", mode.pipeline])
    } else {
      const isTable = mode.kind === "file" || mode.kind === "choices" || mode.kind === "parts"
      word(name, ["extract", isTable ? "tables" : "datasets", name])
    }
  }
  for (const { each, fields, name } of definition.entities) {
    word(name, ["transform", "entities", name])
    for (const { alias } of each) word(alias, ["transform", "entities", name, "each", alias])
    for (const field of fields) word(field.name, ["transform", "entities", name, "fields", field.name])
  }
}

/** Longest name: with what is put before it and behind it, it is still a name of a file. */
const longest = 63

const isWord = (name: string): boolean => /^[a-z][a-z0-9_]*$/.test(name) && name.length <= longest
