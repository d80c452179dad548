import { useState } from "preact/hooks"
import type { AuditFound, AuditRecord } from "../../service/http/contract/administration.ts"
import { may } from "../api.ts"
import { useAsked } from "../asking.ts"
import { written } from "../elements.ts"
import { Reveal } from "../parts/reveal.tsx"
import { Answered, Empty } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import type { PageProps } from "../pages.tsx"
import { href } from "../router.ts"
import { moment, say, sayOf } from "../words.ts"

/** Audit Log: whether rollbook manages a person, a course or a section, since when, and every change with its reason. */
export const Audit = ({ session }: PageProps) => {
  const [typed, setTyped] = useState("")
  const [search, setSearch] = useState("")
  const [reveals, setReveals] = useState(false)
  const begin = (): void => {
    setReveals(false)
    setSearch(typed.trim())
  }
  return (
    <>
      <h1>{say("audit.title")}</h1>
      <form
        role="search"
        class="fields"
        onSubmit={(event) => {
          event.preventDefault()
          begin()
        }}
      >
        <div class="field">
          <d2l-input-text label={say("audit.label")} value={typed} onInput={(event) => setTyped(written(event))} />
        </div>
        <d2l-button primary disabled={typed.trim() === ""} onClick={begin}>
          {say("word.search")}
        </d2l-button>
        <button type="submit" hidden />
      </form>
      {search === "" ? (
        <Empty what={say("audit.start")} hint={say("audit.startHint")} />
      ) : (
        <>
          {reveals || !may(session, "reveal names") ? null : <Reveal onReveal={() => setReveals(true)} />}
          <Found key={`${search} ${String(reveals)}`} search={search} reveals={reveals} />
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
          {records.length === 0 ? <Empty what={say("audit.nothing")} hint={where ?? ""} /> : null}
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
      <h2 id={id}>
        {record.entity.replaceAll("_", " ")} {record.label ?? record.key}
      </h2>
      <p>
        <d2l-status-indicator
          state={record.managed ? "success" : "none"}
          text={say(record.managed ? "audit.managed" : "audit.notManaged")}
          bold
        />{" "}
        {record.why}
      </p>
      {record.changes.length === 0 ? null : (
        <Table
          name={`${record.entity} ${record.key}`}
          head={[say("run.run"), say("audit.when"), say("audit.what"), say("word.why"), say("plan.fields")]}
          rows={record.changes.map((change, index) => ({
            key: `${change.run} ${change.what} ${index}`,
            cells: [
              change.plan === null ? String(change.run) : <a href={href("plans", change.plan)}>{change.run}</a>,
              change.at === null ? "" : moment(change.at, "UTC"),
              [sayOf("audit.what", change.what), change.action, change.outcome]
                .filter((one) => one !== null)
                .join(", "),
              change.why ?? "",
              change.changes.map(({ after, before, field }) => (
                <span class="change" key={field}>
                  {field}: <del>{before ?? "–"}</del> → <ins>{after ?? "–"}</ins>
                </span>
              ))
            ]
          }))}
        />
      )}
    </section>
  )
}
