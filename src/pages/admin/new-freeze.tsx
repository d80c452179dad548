import { useId, useState } from "preact/hooks"
import { lacksWhy, written } from "../elements.ts"
import { say } from "../words.ts"

/** The form of a freeze that is to be set beside the file. */
export const NewFreeze = ({ change }: { readonly change: (body: object) => void }) => {
  const [given, setGiven] = useState({ from: "", until: "", schools: "", sessions: "", why: "" })
  const [isLacking, setLacking] = useState(false)
  const id = useId()
  const add = (): void => {
    const lacks = given.from === "" || lacksWhy(given.why)
    setLacking(lacks)
    if (lacks) return document.getElementById(given.from === "" ? `${id}-from` : `${id}-why`)?.focus()
    change({
      what: "freeze",
      from: given.from,
      until: given.until === "" ? null : given.until,
      schools: listed(given.schools),
      sessions: listed(given.sessions),
      why: given.why
    })
  }
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
        {(["schools", "sessions", "why"] as const).map((name) => (
          <div class="field" key={name}>
            <d2l-input-text
              id={`${id}-${name}`}
              label={say(name === "why" ? "conf.whyFreeze" : `conf.${name}`)}
              value={given[name]}
              onInput={(event) => setGiven({ ...given, [name]: written(event) })}
            />
          </div>
        ))}
        <d2l-button onClick={add}>{say("conf.addFreeze")}</d2l-button>
      </div>
      {isLacking ? (
        <p class="wrong" role="alert">
          {say("conf.freezeNeeds")}
        </p>
      ) : null}
    </fieldset>
  )
}

const listed = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
