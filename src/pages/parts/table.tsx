import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import { say } from "../words.ts"

export interface Row {
  readonly key: string
  readonly cells: ReadonlyArray<ComponentChildren>
}

/**
 * A table for everybody: with its name, heads in both directions, and room to scroll by keyboard where it is too wide. Where a
 * window is narrow each row is a card with its labels (`page.css`); the roles keep it a table for whoever hears it.
 */
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
}) => {
  const { isCut, place } = useCut()
  const region = isCut ? ({ role: "region", "aria-label": say("word.table", { name }), tabIndex: 0 } as const) : {}
  const classOf = (index: number) => (numbers.includes(index) ? "number" : undefined)
  return (
    <div ref={place} class="scroll" {...region}>
      <table role="table" class={head.length > 2 ? "cards" : undefined}>
        <caption class="offscreen">{name}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {head.map((text, index) => (
              <th key={text} scope="col" role="columnheader" class={classOf(index)}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(({ cells, key }) => (
            <tr key={key} role="row">
              {cells.map((cell, index) =>
                index === 0 ? (
                  <th key={head[index]} scope="row" role="rowheader" data-label={head[index]}>
                    <div>{cell}</div>
                  </th>
                ) : (
                  <td key={head[index]} role="cell" class={classOf(index)} data-label={head[index]}>
                    <div>{cell}</div>
                  </td>
                )
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Whether a place is narrower than what it holds: only then is it one to be reached by keyboard, and to be scrolled. */
const useCut = () => {
  const place = useRef<HTMLDivElement>(null)
  const [isCut, setCut] = useState(false)
  useEffect(() => {
    const { current } = place
    if (current === null) return
    const look = (): void => setCut(current.scrollWidth > current.clientWidth + 1)
    const observer = new ResizeObserver(look)
    observer.observe(current)
    if (current.firstElementChild !== null) observer.observe(current.firstElementChild)
    return () => observer.disconnect()
  }, [])
  return { place, isCut }
}
