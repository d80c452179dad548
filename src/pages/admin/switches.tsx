import { useRef, useState } from "preact/hooks"
import type { PipelineConfiguration, SwitchView } from "../../service/http/contract/administration.ts"
import { ask } from "../api.ts"
import { useDoing } from "../asking.ts"
import { lacksWhy, written } from "../elements.ts"
import { Notice } from "../parts/notice.tsx"
import { Refusal } from "../parts/states.tsx"
import { Table } from "../parts/table.tsx"
import { asShipped, headed, moment, say, sayOf } from "../words.ts"
import { en } from "../words/en.ts"

/** A pipeline's configuration, and whether whoever looks at it may change it. */
export interface ConfigurationProps {
  readonly one: PipelineConfiguration
  readonly isChangeable: boolean
  readonly onChanged: (next: PipelineConfiguration) => void
}

/** The switches of the grade export, each with what the file says, and what was set beside it by whom and why. */
export const Switches = ({ isChangeable, onChanged, one }: ConfigurationProps) => {
  const [why, setWhy] = useState("")
  const [isTooShort, setTooShort] = useState(false)
  const [saved, setSaved] = useState(0)
  const reason = useRef<HTMLElement>(null)
  const { run, trouble } = useDoing()
  const set = (name: string, value: boolean | null): void => {
    const isShort = lacksWhy(why)
    setTooShort(isShort)
    if (isShort) return reason.current?.focus()
    run(async () => {
      onChanged(
        await ask<PipelineConfiguration>("/api/configuration", {
          what: "switch",
          pipeline: one.pipeline,
          name,
          value,
          why
        })
      )
      setWhy("")
      setSaved((count) => count + 1)
    })
  }
  const isOffered = isChangeable && one.switches.some((each) => each.may_be_switched)
  return (
    <>
      <h3>{say("conf.export")}</h3>
      {isOffered ? (
        <>
          <d2l-input-text
            ref={reason}
            label={say("conf.whySwitch")}
            value={why}
            onInput={(event) => setWhy(written(event))}
          />
          <p class={isTooShort ? "wrong" : "quiet"} role={isTooShort ? "alert" : undefined}>
            {say(isTooShort ? "word.whyNeeded" : "conf.whyHint")}
          </p>
        </>
      ) : null}
      <Table
        name={headed(say("conf.export"), one.file)}
        head={[say("conf.switch"), say("conf.value"), say("conf.place"), ...(isOffered ? [say("plan.action")] : [])]}
        rows={one.switches.map((each) => ({
          key: each.name,
          cells: [
            nameOf(each),
            <>
              <d2l-status-indicator
                state={each.effective ? "success" : "none"}
                text={say(each.effective ? "conf.on" : "conf.off")}
                bold
              />{" "}
              {each.set === null
                ? ""
                : say("conf.setBy", {
                    value: say(each.set.value ? "conf.on" : "conf.off"),
                    who: each.set.by,
                    at: moment(each.set.at, one.zone),
                    why: each.set.why
                  })}
            </>,
            say("conf.where", { file: each.at.file, line: String(each.at.line) }),
            ...(isOffered ? [each.may_be_switched ? <Change each={each} set={set} /> : say("conf.notHere")] : [])
          ]
        }))}
      />
      <Refusal trouble={trouble} />
      {saved === 0 ? null : <Notice key={saved}>{say("conf.saved")}</Notice>}
    </>
  )
}

const Change = ({
  each,
  set
}: {
  readonly each: SwitchView
  readonly set: (name: string, value: boolean | null) => void
}) => (
  <span class="row">
    <d2l-button description={nameOf(each)} onClick={() => set(each.name, !each.effective)}>
      {say(each.effective ? "conf.switchOff" : "conf.switchOn")}
    </d2l-button>
    {each.set === null ? null : (
      <d2l-button-subtle text={say("conf.asFile")} description={nameOf(each)} onClick={() => set(each.name, null)} />
    )}
  </span>
)

const nameOf = (each: SwitchView): string =>
  `conf.${each.name}` in en ? sayOf("conf", each.name) : say("conf.gate", { say: asShipped(each.say) })
