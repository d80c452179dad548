import { useEffect, useRef, useState } from "preact/hooks"
import type { PipelineConfiguration } from "../../service/http/contract/administration.ts"
import { ask } from "../api.ts"
import { useDoing } from "../asking.ts"
import { Notice } from "../parts/notice.tsx"
import { Refusal } from "../parts/states.tsx"
import { asShipped, clockTime, moment, say } from "../words.ts"
import { NewFreeze } from "./new-freeze.tsx"
import type { ConfigurationProps } from "./switches.tsx"

/** Times in which no grade is sent: those of the file, and those set beside it, for a school, a session, or all. */
export const Freezes = ({ isChangeable, onChanged, one }: ConfigurationProps) => {
  const { run, trouble } = useDoing()
  const [saved, setSaved] = useState(0)
  const head = useRef<HTMLHeadingElement>(null)
  const count = one.freezes.length
  const before = useRef(count)
  // The button that took one away is gone with it.
  useEffect(() => {
    if (count < before.current) head.current?.focus()
    before.current = count
  }, [count])
  const change = (body: object): void =>
    run(async () => {
      onChanged(await ask<PipelineConfiguration>("/api/configuration", { pipeline: one.pipeline, ...body }))
      setSaved((times) => times + 1)
    })
  return (
    <>
      <h3 ref={head} tabIndex={-1}>
        {say("conf.freezes")}
      </h3>
      {count === 0 ? <p>{say("conf.noFreezes")}</p> : null}
      <ul>
        {one.freezes.map((freeze) => (
          <li key={freeze.set?.id ?? `${freeze.at?.line ?? ""}`}>
            {spanOf(freeze)}
            {say("word.colon")} {asShipped(freeze.say)} {[...freeze.schools, ...freeze.sessions].join(", ")}{" "}
            <span class="quiet">
              {freeze.at === null
                ? `${freeze.set?.by ?? ""}, ${freeze.set === null ? "" : moment(freeze.set.at, one.zone)}`
                : say("conf.where", { file: freeze.at.file, line: String(freeze.at.line) })}
            </span>
            {freeze.set !== null && isChangeable ? (
              <d2l-button-subtle
                text={say("conf.thaw")}
                description={spanOf(freeze)}
                onClick={() => change({ what: "thaw", id: freeze.set?.id ?? "" })}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {one.may_freeze && isChangeable ? <NewFreeze key={saved} change={change} /> : null}
      <Refusal trouble={trouble} />
      {saved === 0 ? null : <Notice key={saved}>{say("conf.saved")}</Notice>}
    </>
  )
}

const spanOf = ({ from, until }: PipelineConfiguration["freezes"][number]): string =>
  `${clockTime(from)} – ${until === null ? say("conf.open") : clockTime(until)}`
