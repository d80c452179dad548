import type { ComponentChildren } from "preact"
import type { RunSteps, SectionChange } from "../summary.ts"
import { number, type SchoolChange } from "../report.ts"

/**
 * Charts as inline SVG. Each is one image to a screen reader, named by its title; the numbers stand in the table beside
 * it. Widths are in units of the view box.
 */

const width = 760
const labelWidth = 220
const valueWidth = 90
const rowHeight = 24
const barsWidth = width - labelWidth - valueWidth

/** Steps per school, stacked by what they do. At most `chartRows` schools are drawn. */
export const SchoolsChart = ({ schools }: { readonly schools: ReadonlyArray<SchoolChange> }) => {
  const drawn = schools.slice(0, chartRows)
  const most = Math.max(1, ...drawn.map(total))
  const scale = (steps: number): number => (steps / most) * barsWidth
  return (
    <Figure id="schools" title="Steps per school" caption="Removed, added, changed. The table below has the numbers.">
      <Legend of={["removed", "added", "changed"]} />
      <svg viewBox={`0 0 ${width} ${drawn.length * rowHeight}`} role="img" aria-labelledby="chart-schools">
        {drawn.map((school, row) => (
          <g>
            <Label row={row} text={school.name} />
            <Bar row={row} from={labelWidth} length={scale(school.removed)} kind="removed" />
            <Bar row={row} from={labelWidth + scale(school.removed)} length={scale(school.added)} kind="added" />
            <Bar
              row={row}
              from={labelWidth + scale(school.removed + school.added)}
              length={scale(school.changed)}
              kind="changed"
            />
            <Value row={row} at={labelWidth + scale(total(school))} text={number(total(school))} />
          </g>
        ))}
      </svg>
    </Figure>
  )
}

/** People in the sections whose size changes most: a thin bar before, a thick one after. */
export const SectionsChart = ({ sections }: { readonly sections: ReadonlyArray<SectionChange> }) => {
  const drawn = resized(sections).slice(0, chartRows)
  const most = Math.max(1, ...drawn.flatMap((section) => [section.before ?? 0, section.after ?? 0]))
  const scale = (people: number): number => (people / most) * barsWidth
  if (drawn.length === 0) return null
  return (
    <Figure
      id="sections"
      title="People in sections, before and after"
      caption="The sections whose size changes most. The table below has the numbers."
    >
      <Legend of={["before", "after"]} />
      <svg viewBox={`0 0 ${width} ${drawn.length * rowHeight}`} role="img" aria-labelledby="chart-sections">
        {drawn.map((section, row) => {
          const [before, after] = [section.before ?? 0, section.after ?? 0]
          return (
            <g>
              <Label row={row} text={section.name ?? section.id} />
              <rect class="before" x={labelWidth} y={row * rowHeight + 3} width={scale(before)} height={6} />
              <rect class="after" x={labelWidth} y={row * rowHeight + 10} width={scale(after)} height={9} />
              <Value
                row={row}
                at={labelWidth + scale(Math.max(before, after))}
                text={`${number(before)} → ${number(after)}`}
              />
            </g>
          )
        })}
      </svg>
    </Figure>
  )
}

/** Steps per run, this one last. */
export const RunsChart = ({ runs }: { readonly runs: ReadonlyArray<RunSteps> }) => {
  const height = 160
  const most = Math.max(1, ...runs.map((run) => run.steps))
  const slot = width / Math.max(runs.length, 8)
  const scale = (steps: number): number => (steps / most) * (height - 20)
  return (
    <Figure
      id="runs"
      title="Steps per run, this one last"
      caption={`The highest has ${number(most)}. The table below has the numbers.`}
    >
      <Legend of={["removed", "other"]} />
      <svg viewBox={`0 0 ${width} ${height + 18}`} role="img" aria-labelledby="chart-runs">
        <line class="axis" x1={0} x2={width} y1={height} y2={height} />
        {runs.map((run, index) => {
          const x = index * slot + slot * 0.15
          const others = scale(run.steps - run.removals)
          const removals = scale(run.removals)
          return (
            <g class={index === runs.length - 1 ? "this" : ""}>
              <rect class="other" x={x} y={height - others} width={slot * 0.7} height={others} />
              <rect class="removed" x={x} y={height - others - removals} width={slot * 0.7} height={removals} />
              <text x={x + slot * 0.35} y={height + 14} text-anchor="middle">
                {String(run.run)}
              </text>
            </g>
          )
        })}
      </svg>
    </Figure>
  )
}

const chartRows = 20

const total = (school: SchoolChange): number => school.removed + school.added + school.changed

const resized = (sections: ReadonlyArray<SectionChange>): ReadonlyArray<SectionChange> => {
  const difference = (section: SectionChange): number => Math.abs((section.after ?? 0) - (section.before ?? 0))
  return sections.filter((section) => difference(section) > 0).sort((a, b) => difference(b) - difference(a))
}

const Figure = (given: {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly children: ComponentChildren
}) => (
  <figure>
    <figcaption>
      <strong id={`chart-${given.id}`}>{given.title}</strong> {given.caption}
    </figcaption>
    {given.children}
  </figure>
)

const Legend = ({ of }: { readonly of: ReadonlyArray<string> }) => (
  <p class="legend" aria-hidden="true">
    {of.map((kind) => (
      <span>
        <svg viewBox="0 0 10 10" class="key">
          <rect class={kind} width={10} height={10} />
        </svg>
        {kind}
      </span>
    ))}
  </p>
)

const Label = ({ row, text }: { readonly row: number; readonly text: string }) => (
  <text x={labelWidth - 8} y={row * rowHeight + 16} text-anchor="end">
    {text.length > 32 ? `${text.slice(0, 31)}…` : text}
  </text>
)

const Bar = (given: {
  readonly row: number
  readonly from: number
  readonly length: number
  readonly kind: "removed" | "added" | "changed"
}) => <rect class={given.kind} x={given.from} y={given.row * rowHeight + 4} width={given.length} height={16} />

const Value = ({ row, at, text }: { readonly row: number; readonly at: number; readonly text: string }) => (
  <text x={at + 6} y={row * rowHeight + 16}>
    {text}
  </text>
)
