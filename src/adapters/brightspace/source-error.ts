import { SourceError, type SourceErrorReason } from "../../core/ports/source.ts"
import type { TargetError, TargetErrorReason } from "../../core/ports/target.ts"

const reasons: Readonly<Record<TargetErrorReason, SourceErrorReason>> = {
  Unauthorized: "Unauthorized",
  Forbidden: "Forbidden",
  NotFound: "NotFound",
  Throttled: "Throttled",
  Unreachable: "Unreachable",
  AnswerLost: "Unreachable",
  Malformed: "Malformed",
  Invalid: "Refused",
  Conflict: "Refused",
  Unsupported: "Refused",
  Misconfigured: "Refused",
  Unknown: "Unknown"
}

/** A failure of the disk of the workspace, to which something of the tenant was to be written. `request`: what was read. */
export const diskError = (connection: string, request: string, detail: string): SourceError =>
  new SourceError({ reason: "Disk", connection, request, detail, hint: "Look at the disk of the workspace" })

/** An error of the tenant, where it is read as a source is. */
export const toSourceError = ({
  reason,
  connection,
  request,
  detail,
  hint,
  status,
  code,
  said
}: TargetError): SourceError =>
  new SourceError({
    reason: reasons[reason],
    connection,
    request,
    detail,
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(said === undefined ? {} : { said })
  })
