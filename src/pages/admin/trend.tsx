import type { DashboardPipeline } from "../../service/http/contract/runs.ts"
import { day, headed, say } from "../words.ts"

/** How many changes the last plans had, a bar each, and how many of them were held; the same in words. */
export const Trend = ({ trend }: { readonly trend: DashboardPipeline["trend"] }) => {
  const [first] = trend
  const last = trend.at(-1)
  if (first === undefined || last === undefined || trend.length < 2) return null
  const most = Math.max(1, ...trend.map(({ steps }) => steps))
  const sentence = headed(
    say("dash.trend", { n: trend.length }),
    say("dash.trendSay", { first: day(first.as_of), last: day(last.as_of), most })
  )
  return (
    <figure>
      <svg class="trend" viewBox="0 0 300 40" preserveAspectRatio="none" role="img" aria-label={sentence}>
        {trend.map(({ held, run, steps }, index) => {
          const height = (steps / most) * 38
          return (
            <g key={run}>
              <rect x={index * 10 + 1} y={40 - height} width={8} height={height} />
              <rect class="held" x={index * 10 + 1} y={40 - (held / most) * 38} width={8} height={(held / most) * 38} />
            </g>
          )
        })}
      </svg>
      <figcaption class="quiet">{sentence}</figcaption>
    </figure>
  )
}
