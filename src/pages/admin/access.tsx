import { useRef } from "preact/hooks"
import type { SignedInPeople, Trail } from "../../service/http/contract/access.ts"
import { ask } from "../api.ts"
import { useAsked, useDoing } from "../asking.ts"
import { Answered, Refusal } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import { moment, say, sayOf } from "../words.ts"
import type { WordKey } from "../words/en.ts"
import { Said } from "../parts/said.tsx"

/** Access: who is signed in, with the end of their sessions, and who did what. */
export const Access = () => {
  const asked = useAsked<SignedInPeople>("/api/sessions")
  const head = useRef<HTMLHeadingElement>(null)
  const { run, trouble } = useDoing()
  const end = (session: string): void =>
    run(async () => {
      await ask("/api/sessions", { what: "session", session })
      asked.again()
      // The button is gone with the session.
      head.current?.focus()
    })
  return (
    <>
      <Title text={say("nav.access")} />
      <h2 ref={head} tabIndex={-1}>
        {say("access.signedIn")}
      </h2>
      <Refusal trouble={trouble} />
      <Answered asked={asked}>
        {({ sessions, zone }) => (
          <Table
            name={say("access.signedIn")}
            head={[say("access.who"), say("access.by"), say("access.since"), say("access.until"), say("access.end")]}
            rows={sessions.map((one) => ({
              key: one.session,
              cells: [
                one.who,
                sayOf("access.way", one.by),
                moment(one.since, zone),
                moment(one.until, zone),
                one.own ? (
                  say("access.own")
                ) : (
                  <d2l-button-subtle text={say("access.end")} description={one.who} onClick={() => end(one.session)} />
                )
              ]
            }))}
          />
        )}
      </Answered>
      <h2>{say("access.trail")}</h2>
      <Answered asked={useAsked<Trail>("/api/trail?limit=200")}>
        {({ entries, zone }) => (
          <Table
            name={say("access.trail")}
            head={[say("access.at"), say("access.who"), say("access.what"), say("access.of")]}
            rows={entries.map((one, index) => ({
              key: String(index),
              cells: [
                moment(one.at, zone),
                one.who,
                one.say === null ? <code>{one.what}</code> : <Said told={one.say} zone={zone} />,
                one.of.map(ofSays).join(", ")
              ]
            }))}
          />
        )}
      </Answered>
    </>
  )
}

/** Kinds of what something was done with, by the word before its name. */
const kinds: Readonly<Record<string, WordKey>> = { course: "plan.course", section: "plan.section", run: "run.run" }

const ofSays = (of: string): string => {
  const [, word = "", name = ""] = /^(\w+) (.+)$/.exec(of) ?? []
  const kind = kinds[word]
  return kind === undefined ? of : `${say(kind)} ${name}`
}
