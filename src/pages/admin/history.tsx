import type { Dashboard, RunView } from "../../service/http/contract/runs.ts"
import { useState } from "preact/hooks"
import { useAsked } from "../asking.ts"
import { Answered, Empty } from "../parts/states.tsx"
import { Title } from "../parts/title.tsx"
import { say } from "../words.ts"
import { Runs } from "./runs.tsx"

const pageSize = 30

/** History: every run, newest first. */
export const History = () => {
  const [shown, setShown] = useState(pageSize)
  const runs = useAsked<ReadonlyArray<RunView>>(`/api/runs?limit=${shown}`)
  const { value } = useAsked<Dashboard>("/api/dashboard")
  const zoneOf = (pipeline: string): string => value?.pipelines.find((one) => one.pipeline === pipeline)?.zone ?? "UTC"
  return (
    <>
      <Title text={say("hist.title")} />
      <Answered asked={runs}>
        {(all) =>
          all.length === 0 ? (
            <Empty what={say("hist.none")} hint={say("dash.noRunsHint")} />
          ) : (
            <>
              <Runs name={say("hist.title")} runs={all} zoneOf={zoneOf} />
              {all.length === shown && shown < 1000 ? (
                <d2l-button onClick={() => setShown(Math.min(1000, shown + pageSize))}>
                  {say("word.showMore")}
                </d2l-button>
              ) : null}
            </>
          )
        }
      </Answered>
    </>
  )
}
