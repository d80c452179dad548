import type { ConnectionView } from "../../service/http/contract/administration.ts"
import { useAsked } from "../asking.ts"
import { Said } from "../parts/said.tsx"
import { Answered, Empty } from "../parts/states.tsx"
import { Status } from "../parts/status.tsx"
import { Table } from "../parts/table.tsx"
import { Title } from "../parts/title.tsx"
import { href } from "../router.ts"
import { Reads } from "./reads.tsx"
import { day, headed, inParts, moment, say, sayOf } from "../words.ts"

/** Connections: what the last probe of each system found, and when credentials end. */
export const Connections = () => (
  <>
    <Title text={say("conn.title")} />
    <Answered asked={useAsked<ReadonlyArray<ConnectionView>>("/api/connections")}>
      {(all) =>
        all.length === 0 ? (
          <Empty what={say("conn.none")} hint="" />
        ) : (
          all.map((one) => <Connection key={one.name} one={one} />)
        )
      }
    </Answered>
  </>
)

const Connection = ({ one }: { readonly one: ConnectionView }) => (
  <section class="card" aria-labelledby={`connection-${one.name}`}>
    <h2 id={`connection-${one.name}`}>
      {one.name} <span class="quiet">{one.system}</span>
    </h2>
    <p>
      {inParts([
        ...(one.reads.length === 0 ? [] : [say("conn.reads", { pipelines: one.reads.join(", ") })]),
        ...(one.writes.length === 0 ? [] : [say("conn.writes", { pipelines: one.writes.join(", ") })]),
        ...(one.credentials_end === null ? [] : [say("conn.ends", { day: day(one.credentials_end) })])
      ])}
    </p>
    <p>
      {one.probed_at === null ? say("conn.notProbed") : say("conn.probed", { at: moment(one.probed_at, one.zone) })}
    </p>
    {one.findings.length === 0 ? null : (
      <Table
        name={one.name}
        head={[say("conn.about"), say("run.outcome"), say("conn.says"), say("conn.endpoint")]}
        rows={one.findings.map((finding, index) => ({
          key: String(index),
          cells: [
            sayOf("about", finding.about),
            <Status group="conn" word={finding.state} />,
            <Said told={finding.says} zone={one.zone} />,
            finding.endpoint ?? ""
          ]
        }))}
      />
    )}
    {one.last_reads.map(({ at, collections, pipeline, plan }) => (
      <section key={pipeline} aria-labelledby={`reads-${pipeline}`}>
        <h3 id={`reads-${pipeline}`}>{headed(pipeline, say("read.title"))}</h3>
        <p>
          <a href={href("plans", plan)}>{plan}</a> <span class="quiet">{moment(at, one.zone)}</span>
        </p>
        <Reads name={headed(pipeline, say("read.title"))} reads={collections} zone={one.zone} />
      </section>
    ))}
  </section>
)
