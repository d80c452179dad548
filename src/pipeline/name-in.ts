import * as Effect from "effect/Effect"
import { existsSync, readdirSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"

/** The YAML files of a folder by name, in order; none where there is no folder. */
export const yamlFilesIn = (folder: string): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /\.ya?ml$/.test(file))
        .sort()
    : []

/** The pipeline's name as a file gives it, found without reading the whole of it as YAML; empty where there is none. */
export const pipelineNameIn = (text: string): string => /^pipeline:\s*["']?([^"'#\s]+)/m.exec(text)?.[1] ?? ""

/** Files of a folder, by name, that give a pipeline this name: one, unless somebody copied it. */
export const filesNaming = (folder: string, pipeline: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const files = yamlFilesIn(folder)
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))
    return files.filter((_, index) => pipelineNameIn(texts[index] ?? "") === pipeline)
  })
