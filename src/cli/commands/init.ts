import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { dirname, join, relative, resolve } from "node:path"
import { namesIn, onDisk } from "../../core/ports/disk.ts"
import { note, print } from "../output.ts"
import { packageRoot } from "../package-root.ts"
import { shownPath } from "../workspace.ts"
import { described } from "./described.ts"

const directory = Args.text({ name: "dir" }).pipe(
  Args.withDescription("folder of the new workspace"),
  Args.withDefault(".")
)

const environmentExample = `# Copy to .env and fill in. Nothing of this belongs into version control.
CAMPUS_BASE_URL=https://district.infinitecampus.org/campus/oneroster/APP/ims/oneroster/v1p1
CAMPUS_TOKEN_URL=https://district.infinitecampus.org/campus/oauth2/token?appName=APP
CAMPUS_CLIENT_ID=
CAMPUS_CLIENT_SECRET=
# Only for grades: the vendor's key of the gradebook endpoints.
CAMPUS_VENDOR_KEY=
CAMPUS_VENDOR_SECRET=
BRIGHTSPACE_URL=https://district.brightspace.com
BRIGHTSPACE_TOKEN_URL=https://auth.brightspace.com/core/connect/token
BRIGHTSPACE_CLIENT_ID=
# PEM or JWK; \`rollbook jwks brightspace\` prints the public half to host.
BRIGHTSPACE_PRIVATE_KEY_FILE=
DISTRICT_TIMEZONE=America/Chicago
`

const editorSettings = `${JSON.stringify(
  {
    "yaml.schemas": {
      "./schemas/pipeline.schema.json": ["pipelines/*.yaml", "!pipelines/connections.yaml"],
      "./schemas/connections.schema.json": ["pipelines/connections.yaml"],
      "./schemas/service.schema.json": ["service.yaml"]
    }
  },
  null,
  2
)}\n`

export const init = Command.make("init", { directory }, (given) =>
  Effect.gen(function* () {
    const home = resolve(given.directory)
    const root = packageRoot()
    const made = yield* onDisk("make the workspace", home, (disk) =>
      Effect.map(
        Effect.all([
          copyNew(disk, join(root, "pipelines"), join(home, "pipelines")),
          copyNew(disk, join(root, "schemas"), join(home, "schemas")),
          writeNew(disk, join(home, ".env.example"), environmentExample),
          writeNew(disk, join(home, ".gitignore"), ".rollbook/\n.env\n"),
          writeNew(disk, join(home, ".vscode", "settings.json"), editorSettings)
        ]),
        (files) => files.flat()
      )
    )
    yield* print(
      made.length === 0
        ? "Everything was there already; nothing was changed."
        : made.map((file) => `  + ${relative(home, file)}`).join("\n")
    )
    yield* note(
      `\nNext, in ${shownPath(home) || "."}:\n  rollbook validate\n  rollbook test\n  rollbook sandbox --write-env .env    # in a terminal of its own: rehearse before you connect\n  rollbook plan roster`
    )
  })
).pipe(
  described(
    "Make a workspace: connections, pipelines, schemas for the editor, .env.example. What is there already stays.",
    ["rollbook init district"]
  )
)

const copyNew = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, from: string, to: string) {
  yield* disk.makeDirectory(to, { recursive: true })
  const made: Array<string> = []
  for (const name of yield* namesIn(disk, from)) {
    const target = join(to, name)
    if (yield* disk.exists(target)) continue
    yield* disk.copy(join(from, name), target)
    made.push(target)
  }
  return made
})

const writeNew = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, path: string, text: string) {
  if (yield* disk.exists(path)) return []
  yield* disk.makeDirectory(dirname(path), { recursive: true })
  yield* disk.writeFileString(path, text)
  return [path]
})
