import { useId, useState } from "preact/hooks"
import type { PipelineConfiguration } from "../../service/http/contract/administration.ts"
import { ask } from "../api.ts"
import { useDoing } from "../asking.ts"
import { written } from "../elements.ts"
import { Refusal } from "../parts/states.tsx"
import { moment, say } from "../words.ts"
import type { ConfigurationProps } from "./switches.tsx"

/** Times in which no grade is sent: those of the file, and those set beside it, for a school, a session, or all. */
export const Freezes = ({ isChangeable, onChanged, one }: ConfigurationProps) => {
  const { isBusy, run, trouble } = useDoing()
  const change = (body: object): void =>
    run(async () => {
      onChanged(await ask<PipelineConfiguration>("/api/configuration", { pipeline: one.pipeline, ...body }))
    })
  return (
    <>
      <h3>{say("conf.freezes")}</h3>
      {one.freezes.length === 0 ? <p>{say("conf.noFreezes")}</p> : null}
      <ul>
        {one.freezes.map((freeze) => (
          <li key={freeze.set?.id ?? `${freeze.at?.line ?? ""}`}>
            {freeze.from} – {freeze.until ?? say("conf.open")}: {freeze.say}{" "}
            {[...freeze.schools, ...freeze.sessions].join(", ")}{" "}
            <span class="quiet">
              {freeze.at === null
                ? `${freeze.set?.by ?? ""}, ${freeze.set === null ? "" : moment(freeze.set.at, "UTC")}`
                : say("conf.where", { file: freeze.at.file, line: String(freeze.at.line) })}
            </span>
            {freeze.set !== null && isChangeable ? (
              <d2l-button-subtle
                text={say("conf.thaw")}
                disabled={isBusy}
                onClick={() => change({ what: "thaw", id: freeze.set?.id ?? "" })}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {one.may_freeze && isChangeable ? <NewFreeze isBusy={isBusy} change={change} /> : null}
      <Refusal trouble={trouble} />
    </>
  )
}

const NewFreeze = ({ change, isBusy }: { readonly isBusy: boolean; readonly change: (body: object) => void }) => {
  const [given, setGiven] = useState({ from: "", until: "", schools: "", sessions: "", why: "" })
  const id = useId()
  const listed = (text: string): ReadonlyArray<string> =>
    text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "")
  const add = (): void =>
    change({
      what: "freeze",
      from: given.from,
      until: given.until === "" ? null : given.until,
      schools: listed(given.schools),
      sessions: listed(given.sessions),
      why: given.why
    })
  return (
    <fieldset class="choices">
      <legend>{say("conf.addFreeze")}</legend>
      <div class="fields">
        {(["from", "until"] as const).map((name) => (
          <div class="field" key={name}>
            <label for={`${id}-${name}`}>{say(`conf.${name}`)}</label>
            <input
              id={`${id}-${name}`}
              type="date"
              value={given[name]}
              onInput={(event) => setGiven({ ...given, [name]: event.currentTarget.value })}
            />
          </div>
        ))}
        {(["schools", "sessions"] as const).map((name) => (
          <div class="field" key={name}>
            <d2l-input-text
              label={say(`conf.${name}`)}
              value={given[name]}
              onInput={(event) => setGiven({ ...given, [name]: written(event) })}
            />
          </div>
        ))}
        <div class="field">
          <d2l-input-text
            label={`${say("word.why")} (${say("conf.freezes")})`}
            value={given.why}
            onInput={(event) => setGiven({ ...given, why: written(event) })}
          />
        </div>
        <d2l-button disabled={isBusy || given.from === "" || given.why.trim().length < 3} onClick={add}>
          {say("conf.addFreeze")}
        </d2l-button>
      </div>
    </fieldset>
  )
}
