import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { rights } from "../pipeline/rights.ts"
import { linkMinutes } from "../service/access/link.ts"
import { linksOf } from "./access.ts"
import { accountName } from "./asking.ts"
import { printStyled } from "./output.ts"
import type { Workspace } from "./workspace.ts"

/**
 * Makes a link that signs one administrator in, with every right, and prints it on stdout: it is a secret, and no matter
 * for the log. For people on a terminal, else a line of JSON among those of the runs.
 */
export const printAdminLink = (workspace: Workspace, address: string) =>
  Effect.gen(function* () {
    const code = yield* linksOf(workspace).make(`link of ${accountName()}`, rights, yield* Clock.currentTimeMillis)
    const url = `${address.replace(/\/$/, "")}/sign-in/link/${code}`
    yield* printStyled(
      process.stdout.isTTY
        ? `Sign in once, within ${linkMinutes} minutes, with every right of an administrator:\n  ${url}`
        : JSON.stringify({ sign_in: url, minutes: linkMinutes })
    )
  })
