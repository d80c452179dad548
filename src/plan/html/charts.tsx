import type { ComponentChildren } from "preact"
import type { RunSteps, SectionChange } from "../summary.ts"
import { number } from "../../core/number.ts"
import type { SchoolChange } from "../report.ts"

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
      <Legend of={["removed", "added", "changed"].map(plain)} />
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

/**
 * People in the sections whose size changes most: a thin bar before, a thick one after. After is what an apply leaves
 * without what is held, so that nobody takes a held removal for one that is carried out; the held part is hatched.
 */
export const SectionsChart = ({ sections }: { readonly sections: ReadonlyArray<SectionChange> }) => {
  const drawn = resized(sections).slice(0, chartRows)
  const most = Math.max(1, ...drawn.flatMap(({ before, after, approved }) => [before, after, approved]))
  const scale = (people: number): number => (people / most) * (barsWidth - heldWidth)
  if (drawn.length === 0) return null
  const legend = [
    ...["before", "after"].map(plain),
    ...(drawn.some(losesOnceApproved) ? [{ text: "held: there until approved", bars: ["after", "hatch"] }] : []),
    ...(drawn.some(gainsOnceApproved) ? [{ text: "held: not there yet", bars: ["after not-yet", "hatch"] }] : [])
  ]
  return (
    <Figure
      id="sections"
      title="People in sections, before and after"
      caption={`The sections whose size changes most. ${heldInWords(drawn)}The table below has the numbers.`}
    >
      <Legend of={legend} />
      <svg
        viewBox={`0 0 ${width} ${drawn.length * rowHeight}`}
        role="img"
        aria-labelledby="chart-sections"
        aria-describedby="chart-sections-caption"
      >
        <defs>
          <pattern id="hatch" width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line class="hatch-line" x1={0} x2={0} y1={0} y2={6} />
          </pattern>
        </defs>
        {drawn.map(({ name, before, after, approved }, row) => {
          const thick = { y: row * rowHeight + 10, height: 9 }
          const [least, furthest] = [Math.min(after, approved), Math.max(after, approved)]
          const held = { ...thick, x: labelWidth + scale(least), width: scale(furthest - least) }
          return (
            <g>
              <Label row={row} text={name} />
              <rect class="before" x={labelWidth} y={row * rowHeight + 3} width={scale(before)} height={6} />
              <rect class="after" {...thick} x={labelWidth} width={scale(after)} />
              {approved > after ? <rect class="after not-yet" {...held} /> : null}
              {approved === after ? null : <rect class="hatch" {...held} />}
              <Value
                row={row}
                at={labelWidth + scale(Math.max(before, furthest))}
                text={`${number(before)} → ${number(after)}${heldDifference(after, approved)}`}
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
      <Legend of={["removed", "other"].map(plain)} />
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

/** People in a section before, after an apply, and after one that everything held was approved for. */
interface Size {
  readonly name: string
  readonly before: number
  readonly after: number
  readonly approved: number
}

const resized = (sections: ReadonlyArray<SectionChange>): ReadonlyArray<Size> => {
  const difference = ({ before, after, approved }: Size): number =>
    Math.max(Math.abs(after - before), Math.abs(approved - before))
  return sections
    .map((section) => ({
      name: section.name ?? section.id,
      before: section.before ?? 0,
      after: section.afterWithoutHeld ?? 0,
      approved: section.after ?? 0
    }))
    .filter((size) => difference(size) > 0)
    .sort((a, b) => difference(b) - difference(a))
}

const losesOnceApproved = ({ after, approved }: Size): boolean => approved < after
const gainsOnceApproved = ({ after, approved }: Size): boolean => approved > after

/** Room beside a bar for the held difference. */
const heldWidth = 70

const heldDifference = (after: number, approved: number): string =>
  after === approved ? "" : `, held ${approved < after ? "−" : "+"}${number(Math.abs(approved - after))}`

/** The hatched strips in words, for readers who do not see them. */
const heldInWords = (sizes: ReadonlyArray<Size>): string => {
  const sum = (chosen: ReadonlyArray<Size>): number =>
    chosen.reduce((people, { after, approved }) => people + Math.abs(approved - after), 0)
  const [losing, gaining] = [sizes.filter(losesOnceApproved), sizes.filter(gainsOnceApproved)]
  const said = [
    ...(losing.length === 0 ? [] : [`${number(sum(losing))} fewer people in ${sectionsInWords(losing.length)}`]),
    ...(gaining.length === 0 ? [] : [`${number(sum(gaining))} more people in ${sectionsInWords(gaining.length)}`])
  ]
  return said.length === 0
    ? ""
    : `After is without what is held. What is held is hatched; once approved, it would mean ${said.join(" and ")} of those drawn. `
}

const sectionsInWords = (count: number): string => (count === 1 ? "1 section" : `${number(count)} sections`)

const Figure = (given: {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly children: ComponentChildren
}) => (
  <figure>
    <figcaption id={`chart-${given.id}-caption`}>
      <strong id={`chart-${given.id}`}>{given.title}</strong> {given.caption}
    </figcaption>
    {given.children}
  </figure>
)

/** An entry of the legend: a text, and the classes of the bars it stands for, one over the other. */
interface LegendEntry {
  readonly text: string
  readonly bars: ReadonlyArray<string>
}

const Legend = ({ of }: { readonly of: ReadonlyArray<LegendEntry> }) => (
  <p class="legend" aria-hidden="true">
    {of.map(({ text, bars }) => (
      <span>
        <svg viewBox="0 0 10 10" class="key">
          {bars.map((kind) => (
            <rect class={kind} width={10} height={10} />
          ))}
        </svg>
        {text}
      </span>
    ))}
  </p>
)

const plain = (kind: string): LegendEntry => ({ text: kind, bars: [kind] })

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
