import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { cp, mkdir, readdir, writeFile } from "node:fs/promises"
import { dirname, join, relative, resolve } from "node:path"
import { onDisk } from "../../state/on-disk.ts"
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
    const made = yield* onDisk("make the workspace", home, async () => [
      ...(await copyNew(join(root, "pipelines"), join(home, "pipelines"))),
      ...(await copyNew(join(root, "schemas"), join(home, "schemas"))),
      ...(await writeNew(join(home, ".env.example"), environmentExample)),
      ...(await writeNew(join(home, ".gitignore"), ".rollbook/\n.env\n")),
      ...(await writeNew(join(home, ".vscode", "settings.json"), editorSettings))
    ])
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

const copyNew = async (from: string, to: string): Promise<ReadonlyArray<string>> => {
  await mkdir(to, { recursive: true })
  const made: Array<string> = []
  for (const name of (await readdir(from)).sort()) {
    const target = join(to, name)
    if (existsSync(target)) continue
    await cp(join(from, name), target)
    made.push(target)
  }
  return made
}

const writeNew = async (path: string, text: string): Promise<ReadonlyArray<string>> => {
  if (existsSync(path)) return []
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return [path]
}
