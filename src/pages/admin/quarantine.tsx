import { useState } from "preact/hooks"
import type { Quarantine as QuarantineView } from "../../service/http/contract/administration.ts"
import type { Dashboard } from "../../service/http/contract/runs.ts"
import { useAsked } from "../asking.ts"
import { Choice } from "../parts/choice.tsx"
import { Said } from "../parts/said.tsx"
import { Answered, Empty } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { go, href } from "../router.ts"
import { headed, number, say, sayOf } from "../words.ts"

/** Quarantine: what the last runs turned away, by rule, then record by record: of every pipeline, or as the address chooses. */
export const Quarantine = ({ rest }: PageProps) => {
  const [chosen = "", rule = ""] = rest
  const pipelines = useAsked<Dashboard>("/api/dashboard")
  return (
    <>
      <Title text={say("quar.title")} />
      <Answered asked={pipelines}>
        {({ pipelines: all }) => (
          <>
            <Choice
              label={say("run.pipeline")}
              value={chosen}
              options={[
                { value: "", text: say("word.all") },
                ...all.map(({ pipeline }) => ({ value: pipeline, text: pipeline }))
              ]}
              onChoose={(value) => go("quarantine", ...(value === "" ? [] : [value]))}
            />
            {chosen === "" ? (
              all.map(({ pipeline }) => (
                <section key={pipeline} class="card" aria-labelledby={`quarantine-${pipeline}`}>
                  <h2 id={`quarantine-${pipeline}`}>{pipeline}</h2>
                  <Of pipeline={pipeline} rule="" isOneOfAll />
                </section>
              ))
            ) : (
              <Of key={chosen} pipeline={chosen} rule={rule} />
            )}
          </>
        )}
      </Answered>
    </>
  )
}

/** A rule is chosen where a pipeline is; among all of them its name leads there. */
const Of = ({
  isOneOfAll = false,
  pipeline,
  rule
}: {
  readonly pipeline: string
  readonly rule: string
  readonly isOneOfAll?: boolean
}) => {
  const [shown, setShown] = useState(100)
  const asked = useAsked<QuarantineView>(
    `/api/quarantine/${encodeURIComponent(pipeline)}?limit=${Math.min(shown, 500)}${rule === "" ? "" : `&rule=${encodeURIComponent(rule)}`}`
  )
  return (
    <Answered asked={asked}>
      {({ matching, records, rules }) =>
        rules.length === 0 && records.length === 0 ? (
          isOneOfAll ? (
            <p>{say("quar.none")}</p>
          ) : (
            <Empty what={say("quar.none")} hint={say("quar.noneHint")} />
          )
        ) : (
          <>
            <Table
              name={headed(say("quar.rule"), pipeline)}
              head={[say("quar.rule"), say("quar.entity"), say("quar.now"), say("quar.since")]}
              numbers={[2, 3]}
              rows={rules.map((one) => ({
                key: `${one.entity} ${one.rule}`,
                cells: [
                  <a href={href("quarantine", pipeline, one.rule)}>
                    <code>{one.rule}</code>
                  </a>,
                  sayOf("entities", one.entity),
                  number(one.now),
                  one.since === null ? "" : String(one.since)
                ]
              }))}
            />
            {isOneOfAll ? null : (
              <Choice
                label={say("quar.rule")}
                value={rule}
                options={[
                  { value: "", text: say("word.all") },
                  ...[...new Set([...rules.map((one) => one.rule), ...(rule === "" ? [] : [rule])])].map((one) => ({
                    value: one,
                    text: one
                  }))
                ]}
                onChoose={(value) => go("quarantine", pipeline, ...(value === "" ? [] : [value]))}
              />
            )}
            <Table
              name={headed(say("quar.record"), pipeline)}
              head={[say("quar.record"), say("quar.entity"), say("quar.rule"), say("word.why"), say("quar.since")]}
              numbers={[4]}
              rows={records.map((one, index) => ({
                key: String(index),
                cells: [
                  one.key ?? one.source ?? say("word.unknown"),
                  sayOf("entity", one.entity),
                  <code>{one.rule}</code>,
                  <Said told={one.say} />,
                  String(one.since)
                ]
              }))}
            />
            {records.length < matching && shown < 500 ? (
              <d2l-button onClick={() => setShown(shown + 100)}>{say("word.showMore")}</d2l-button>
            ) : null}
          </>
        )
      }
    </Answered>
  )
}
