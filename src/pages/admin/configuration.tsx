import { Fragment } from "preact"
import { useState } from "preact/hooks"
import type {
  Configuration as ConfigurationView,
  PipelineConfiguration
} from "../../service/http/contract/administration.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { Answered } from "../parts/states.tsx"
import { Technical } from "../parts/technical.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { headed, say } from "../words.ts"
import { Freezes } from "./freezes.tsx"
import { Switches } from "./switches.tsx"

/** Configuration: what the files say and where, and the switches that may be set beside them. */
export const Configuration = ({ session }: PageProps) => {
  const asked = useAsked<ConfigurationView>("/api/configuration")
  const [changed, setChanged] = useState<ReadonlyMap<string, PipelineConfiguration>>(new Map())
  const isChangeable = may(session, "change configuration")
  return (
    <>
      <Title text={say("conf.title")} />
      <Answered asked={asked}>
        {({ pipelines }) =>
          pipelines.map((known) => {
            const one = changed.get(known.file) ?? known
            const take = (next: PipelineConfiguration): void => setChanged(new Map(changed).set(known.file, next))
            return (
              <section key={one.file} class="card" aria-labelledby={`file-${one.file}`}>
                <h2 id={`file-${one.file}`}>
                  {one.pipeline ?? one.file} <span class="quiet">{one.file}</span>
                </h2>
                {one.problems.length === 0 ? null : <Problems one={one} />}
                {one.switches.length === 0 ? null : <Switches one={one} isChangeable={isChangeable} onChanged={take} />}
                {one.switches.length === 0 ? null : <Freezes one={one} isChangeable={isChangeable} onChanged={take} />}
                <h3>{say("conf.settings")}</h3>
                <Table
                  name={headed(say("conf.settings"), one.file)}
                  head={[say("conf.key"), say("conf.value"), say("conf.place")]}
                  rows={one.settings.map(({ at, key, value }) => ({
                    key,
                    cells: [
                      <code>{parted(key)}</code>,
                      value,
                      say("conf.where", { file: at.file, line: String(at.line) })
                    ]
                  }))}
                />
                <details>
                  <summary>{say("conf.file")}</summary>
                  <pre role="region" aria-label={one.file} tabIndex={0}>
                    {one.text
                      .split("\n")
                      .map((line, index) => `${String(index + 1).padStart(5)}  ${line}`)
                      .join("\n")}
                  </pre>
                </details>
              </section>
            )
          })
        }
      </Answered>
    </>
  )
}

/** A path of keys, which may break behind each of them. */
const parted = (path: string) =>
  path.split(".").map((key, index) => (
    <Fragment key={index}>
      {index === 0 ? null : "."}
      <wbr />
      {key}
    </Fragment>
  ))

const Problems = ({ one }: { readonly one: PipelineConfiguration }) => (
  <>
    <h3>{say("conf.problems")}</h3>
    <ul>
      {one.problems.map(({ hint, line, say: what }) => (
        <li key={`${line} ${what}`}>
          {say("conf.where", { file: one.file, line: String(line) })}
          {say("word.colon")} <Technical text={`${what} ${hint ?? ""}`.trim()} />
        </li>
      ))}
    </ul>
  </>
)
