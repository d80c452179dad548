import { useState } from "preact/hooks"
import type { AuditFound, AuditRecord } from "../../service/http/contract/administration.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { onEnter, written } from "../elements.ts"
import { Fields } from "../parts/fields.tsx"
import { Reveal } from "../parts/reveal.tsx"
import { Said } from "../parts/said.tsx"
import { Answered, Empty } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import type { PageProps } from "../pages.tsx"
import { href } from "../router.ts"
import { moment, recordSays, say, sayOf, tell } from "../words.ts"

/** Audit Log: whether rollbook manages a person, a course or a section, since when, and every change with its reason. */
export const Audit = ({ session }: PageProps) => {
  const [typed, setTyped] = useState("")
  const [search, setSearch] = useState("")
  const [reveals, setReveals] = useState(false)
  const begin = (): void => {
    if (typed.trim() === "") return
    setReveals(false)
    setSearch(typed.trim())
  }
  return (
    <>
      <Title text={say("audit.title")} />
      <div role="search" class="fields">
        <div class="field">
          <d2l-input-text
            label={say("audit.label")}
            value={typed}
            onInput={(event) => setTyped(written(event))}
            onKeyDown={onEnter(begin)}
          />
        </div>
        <d2l-button primary onClick={begin}>
          {say("word.search")}
        </d2l-button>
      </div>
      {search === "" ? (
        <Empty what={say("audit.start")} hint={say("audit.startHint")} />
      ) : (
        <>
          {may(session, "reveal names") ? <Reveal isShown={reveals} onReveal={setReveals} /> : null}
          <Found key={search} search={search} reveals={reveals} />
        </>
      )}
    </>
  )
}

const Found = ({ reveals, search }: { readonly search: string; readonly reveals: boolean }) => {
  const asked = useAsked<AuditFound>(`/api/audit${reveals ? "?reveal=true" : ""}`, { search })
  return (
    <Answered asked={asked}>
      {({ more, records, where }) => (
        <div role="status">
          {records.length === 0 ? <Empty what={say("audit.nothing")} hint={where === null ? "" : tell(where)} /> : null}
          {records.map((record) => (
            <Record key={`${record.pipeline} ${record.entity} ${record.key}`} record={record} />
          ))}
          {more ? <p>{say("audit.more")}</p> : null}
        </div>
      )}
    </Answered>
  )
}

const Record = ({ record }: { readonly record: AuditRecord }) => {
  const id = `record-${record.pipeline}-${record.entity}-${record.key}`
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{recordSays(record)}</h2>
      <p>
        <d2l-status-indicator
          state={record.managed ? "success" : "none"}
          text={say(record.managed ? "audit.managed" : "audit.notManaged")}
          bold
        />{" "}
        <Said told={record.why} zone={record.zone} />
      </p>
      {record.since === null ? null : <p>{say("audit.since", { run: record.since })}</p>}
      {record.changes.length === 0 ? null : (
        <Table
          name={`${sayOf("entity", record.entity)} ${record.key}`}
          head={[say("run.run"), say("audit.when"), say("audit.what"), say("word.why"), say("plan.fields")]}
          rows={record.changes.map((change, index) => ({
            key: `${change.run} ${change.what} ${index}`,
            cells: [
              change.plan === null ? String(change.run) : <a href={href("plans", change.plan)}>{change.run}</a>,
              change.at === null ? "" : moment(change.at, record.zone),
              [
                sayOf("audit.what", change.what),
                ...(change.action === null ? [] : [sayOf("action", change.action)]),
                ...(change.outcome === null ? [] : [sayOf("outcome", change.outcome)])
              ].join(", "),
              <>
                {change.rule === null ? null : <code>{change.rule}</code>}
                {change.rule === null || change.why === null ? null : " "}
                {change.why === null ? null : <Said told={change.why} zone={record.zone} />}
              </>,
              <Fields changes={change.changes} />
            ]
          }))}
        />
      )}
    </section>
  )
}
