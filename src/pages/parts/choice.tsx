import { useId } from "preact/hooks"

export interface Option {
  readonly value: string
  readonly text: string
}

/** A list to choose from, with its label. */
export const Choice = ({
  label,
  onChoose,
  options,
  value
}: {
  readonly label: string
  readonly value: string
  readonly options: ReadonlyArray<Option>
  readonly onChoose: (value: string) => void
}) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  )
}
