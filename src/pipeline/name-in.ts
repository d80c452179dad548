import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { join } from "node:path"
import { namesIn, onDisk, type StoreError } from "../core/ports/disk.ts"

/** The YAML files of a folder by name, in order; none where there is no folder. */
export const yamlFilesIn = (folder: string): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  onDisk("look for definitions", folder, (disk) =>
    Effect.map(namesIn(disk, folder), (names) => names.filter((file) => /\.ya?ml$/.test(file)))
  )

/** The pipeline's name as a file gives it, found without reading the whole of it as YAML; empty where there is none. */
export const pipelineNameIn = (text: string): string => /^pipeline:\s*["']?([^"'#\s]+)/m.exec(text)?.[1] ?? ""

/** YAML files of a folder, by name, with their texts; those that cannot be read are left out. */
export const yamlTextsIn = (
  folder: string
): Effect.Effect<ReadonlyArray<{ readonly file: string; readonly text: string }>, StoreError> =>
  Effect.flatMap(yamlFilesIn(folder), (files) =>
    onDisk("look into definitions", folder, (disk) =>
      Effect.map(
        Effect.forEach(files, (file) => Effect.option(disk.readFileString(join(folder, file))), {
          concurrency: "unbounded"
        }),
        (texts) =>
          files.flatMap((file, index) => Option.toArray(texts[index] ?? Option.none()).map((text) => ({ file, text })))
      )
    )
  )

/** A file that gives a pipeline its name; `name` is empty where it gives none. */
export interface NamingFile {
  readonly file: string
  readonly name: string
}

/** The YAML files of a folder, with the name of the pipeline in each. */
export const namingFilesIn = (folder: string): Effect.Effect<ReadonlyArray<NamingFile>, StoreError> =>
  Effect.map(yamlTextsIn(folder), (found) => found.map(({ file, text }) => ({ file, name: pipelineNameIn(text) })))

/** Those that give a pipeline this name: one, unless somebody copied it. */
export const filesNaming = (files: ReadonlyArray<NamingFile>, pipeline: string): ReadonlyArray<string> =>
  files.flatMap(({ file, name }) => (name === pipeline ? [file] : []))
