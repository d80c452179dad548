import { useState } from "preact/hooks"
import type { PlanReview, StepsWanted } from "../../service/http/contract/plans.ts"
import { isChecked, onEnter, written } from "../elements.ts"
import { Choice, type Option } from "../parts/choice.tsx"
import { say, sayOf } from "../words.ts"

/** Filters the changes of a plan by place, kind and words. */
export const StepFilter = ({
  onFilter,
  review,
  wanted
}: {
  readonly review: PlanReview
  readonly wanted: StepsWanted
  readonly onFilter: (wanted: StepsWanted) => void
}) => {
  const [words, setWords] = useState("")
  const all: Option = { value: "", text: say("word.all") }
  const places = (kind: "schools" | "courses" | "sections"): ReadonlyArray<Option> => [
    all,
    ...review[kind].flatMap(({ id, name }) => (id === null ? [] : [{ value: id, text: name }]))
  ]
  const filter = (key: keyof StepsWanted, value: string | boolean): void => {
    const { [key]: _, ...others } = wanted
    onFilter(value === "" || value === false ? others : { ...others, [key]: value })
  }
  return (
    <div role="search" aria-label={say("plan.filter")}>
      <div class="fields">
        <Choice
          label={say("plan.action")}
          value={wanted.action ?? ""}
          options={[
            all,
            { value: "removals", text: say("plan.removals") },
            { value: "others", text: say("plan.others") }
          ]}
          onChoose={(value) => filter("action", value)}
        />
        {(
          [
            ["school", "schools"],
            ["course", "courses"],
            ["section", "sections"]
          ] as const
        ).map(([key, kind]) => (
          <Choice
            key={key}
            label={say(`plan.${key}`)}
            value={wanted[key] ?? ""}
            options={places(kind)}
            onChoose={(value) => filter(key, value)}
          />
        ))}
        <Choice
          label={say("plan.entity")}
          value={wanted.entity ?? ""}
          options={[
            all,
            ...review.counts.filter(hasSteps).map(({ entity }) => ({ value: entity, text: sayOf("entities", entity) }))
          ]}
          onChoose={(value) => filter("entity", value)}
        />
        <div class="field">
          <d2l-input-text
            label={say("plan.words")}
            value={words}
            onInput={(event) => setWords(written(event))}
            onKeyDown={onEnter(() => filter("words", words))}
          />
        </div>
        <d2l-button onClick={() => filter("words", words)}>{say("word.search")}</d2l-button>
      </div>
      <d2l-input-checkbox
        label={say("plan.onlyHeld")}
        checked={wanted.held === true}
        onChange={(event) => filter("held", isChecked(event))}
      />
    </div>
  )
}

/** A kind of which the plan changes nothing is none to look for. */
const hasSteps = ({ actions }: PlanReview["counts"][number]): boolean =>
  Object.values(actions).some((steps) => steps > 0)
