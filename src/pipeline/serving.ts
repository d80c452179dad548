import type { CollectionContract } from "../core/ports/contracts.ts"
import type { Meaning, Meanings } from "../core/ports/meanings.ts"
import type { DatasetDefinition, Definition } from "./definition.ts"

/** A dataset of which rollbook itself knows the use. */
export interface ServingDataset<M extends Meaning> {
  readonly dataset: DatasetDefinition
  readonly contract: CollectionContract
  /** Its columns, by the names that rollbook has for them. */
  readonly columns: Readonly<Record<Meanings[M], string>>
}

/** The datasets of a pipeline that serve as something, in the order in which they are read. */
export const datasetsServing = <M extends Meaning>(
  { collections, datasets }: Definition,
  as: M
): ReadonlyArray<ServingDataset<M>> =>
  datasets.flatMap((dataset) => {
    const contract = collections.get(dataset.endpoint)
    const serves = contract?.serves
    return contract !== undefined && serves?.as === as
      ? [{ dataset, contract, columns: serves.columns as ServingDataset<M>["columns"] }]
      : []
  })

/** Whether the history of a pipeline is told in people: some entity of it names the person a record is about. */
export const isExport = ({ load }: Definition): boolean => load.entities.some(({ person }) => person !== null)

/** Whether a pipeline takes grade books to the SIS. */
export const takesGrades = (definition: Definition): boolean =>
  isExport(definition) && definition.load.entities.some((load) => isWrittenAs(definition, load, "assignment"))

/** Whether an entity is written as an assignment, or as a score, of a gradebook. */
export const isWrittenAs = (
  { resources }: Definition,
  { resource }: { readonly resource: string },
  as: "assignment" | "score"
): boolean => resources.get(resource)?.serves === as
