import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { dotenvText } from "../dotenv-text.ts"
import { onDisk, writeOwnFile } from "../../core/ports/disk.ts"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { asOf, highestPort, inRange, optionalText, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { described } from "./described.ts"

const data = Options.text("data").pipe(
  Options.withDescription("folder or zip of OneRoster 1.1 CSV files; default an invented district"),
  optionalText
)
const campusPort = Options.integer("campus-port").pipe(
  inRange("--campus-port", 0, highestPort),
  Options.withDescription("port of Infinite Campus's stand-in; 0 = any free one"),
  Options.withDefault(4001)
)
const brightspacePort = Options.integer("brightspace-port").pipe(
  inRange("--brightspace-port", 0, highestPort),
  Options.withDescription("port of Brightspace's stand-in; 0 = any free one"),
  Options.withDefault(4002)
)
const faults = Options.text("faults").pipe(
  Options.withDescription("JSON file with a list of faults to begin with"),
  optionalText
)
const writeEnv = Options.text("write-env").pipe(
  Options.withDescription("write the environment variables to this file instead of printing them"),
  optionalText
)

export const sandbox = Command.make(
  "sandbox",
  { ...workspaceOptions, asOf, data, campusPort, brightspacePort, faults, writeEnv },
  (given) =>
    Effect.gen(function* () {
      const adapters = yield* Adapters
      const running = yield* adapters.sandbox({
        data: given.data,
        campusPort: given.campusPort,
        brightspacePort: given.brightspacePort,
        asOf: given.asOf,
        faults: yield* readFaults(given.faults)
      })
      if (given.writeEnv !== null) {
        const file = given.writeEnv
        yield* onDisk("write the environment", file, (disk) =>
          writeOwnFile(disk, file, dotenvText(running.environment))
        )
        yield* note(`The environment is in ${file}; rollbook reads a .env of its workspace.`)
      } else if (given.json) yield* printJson(running.environment)
      else yield* print(shellText(running.environment))
      yield* note(
        [
          `Infinite Campus's stand-in: ${running.campusUrl}`,
          `Brightspace's stand-in:     ${running.brightspaceUrl}   (open it in a browser to look in)`,
          "Serving until stopped with Ctrl-C."
        ].join("\n")
      )
      return yield* Effect.never
    }).pipe(Effect.scoped)
).pipe(
  described(
    "Serve stand-ins of Infinite Campus and Brightspace on this machine, to rehearse against. Nothing leaves the machine; what is written is forgotten at the end.",
    ["rollbook sandbox --write-env .env", "rollbook sandbox --data ./grand-bend --as-of 2021-10-01 --write-env .env"]
  )
)

const readFaults = (file: string | null): Effect.Effect<ReadonlyArray<unknown>, UsageError> =>
  file === null
    ? Effect.succeed([])
    : onDisk("read the faults", file, (disk) => disk.readFileString(file)).pipe(
        Effect.flatMap((text) =>
          Effect.try(() => {
            const list: unknown = JSON.parse(text)
            if (!Array.isArray(list)) throw new Error("it holds no list")
            return list as ReadonlyArray<unknown>
          })
        ),
        Effect.mapError(
          (error) =>
            new UsageError({
              detail: `the faults in ${file} cannot be read`,
              hint: error._tag === "StoreError" ? error.words : (error.error as Error).message
            })
        )
      )

/** For a shell. */
const shellText = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join("\n")
