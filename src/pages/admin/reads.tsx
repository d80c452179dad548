import type { CollectionRead } from "../../service/http/contract/plans.ts"
import { Table } from "../parts/table.tsx"
import { inParts, moment, number, say, sayOf } from "../words.ts"

/** How each collection was read: whole, by what changed, or not at all since nothing had. `name`: of the table. */
export const Reads = ({
  name,
  reads,
  zone
}: {
  readonly name: string
  readonly reads: ReadonlyArray<CollectionRead>
  readonly zone: string
}) => (
  <Table
    name={name}
    head={[say("read.collection"), say("read.rows"), say("read.how")]}
    numbers={[1]}
    rows={reads.map((one) => ({
      key: one.dataset,
      cells: [<code>{one.dataset}</code>, number(one.rows), howSays(one, zone)]
    }))}
  />
)

const howSays = ({ changed, how, proven, since, whole_by: by }: CollectionRead, zone: string): string =>
  inParts([
    how === null ? say("word.unknown") : sayOf("readBy", how),
    ...(changed === null || since === null || by === null
      ? []
      : [
          say("read.changed", { n: changed, since: moment(since, zone) }),
          say("read.wholeBy", { at: moment(by, zone) })
        ]),
    ...(proven ? [] : [say("read.unproven")])
  ])
