/**
 * Changes of fields by a step: the value before is struck out, the wanted one stands behind it; of one side alone only
 * that.
 */
export const Fields = ({
  changes
}: {
  readonly changes: ReadonlyArray<{
    readonly field: string
    readonly before: string | null
    readonly after: string | null
    readonly standing?: string | null
  }>
}) => (
  <>
    {changes.map(({ after, before, field, standing = null }) => (
      <span class="change" key={field}>
        <code>{field}</code> {before === null ? null : <del>{before}</del>}
        {before !== null && after !== null ? " → " : null}
        {after === null ? null : <ins>{after}</ins>}
        {standing === null ? null : ` (${standing})`}
      </span>
    ))}
  </>
)
