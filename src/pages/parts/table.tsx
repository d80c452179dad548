import type { ComponentChildren } from "preact"
import { say } from "../words.ts"

export interface Row {
  readonly key: string
  readonly cells: ReadonlyArray<ComponentChildren>
}

/** A table for everybody: with its name, heads in both directions, and room to scroll by keyboard where it is wide. */
export const Table = ({
  head,
  name,
  numbers = [],
  rows
}: {
  readonly name: string
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  /** Columns that hold numbers, by their place. */
  readonly numbers?: ReadonlyArray<number>
}) => (
  <div class="scroll" role="region" aria-label={say("word.table", { name })} tabIndex={0}>
    <table>
      <caption class="offscreen">{name}</caption>
      <thead>
        <tr>
          {head.map((text, index) => (
            <th key={text} scope="col" class={numbers.includes(index) ? "number" : undefined}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ cells, key }) => (
          <tr key={key}>
            {cells.map((cell, index) =>
              index === 0 ? (
                <th key={head[index]} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={head[index]} class={numbers.includes(index) ? "number" : undefined}>
                  {cell}
                </td>
              )
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
