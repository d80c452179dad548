import type { ComponentChildren } from "preact"
import type { Trouble } from "../api.ts"
import type { Asked } from "../asking.ts"
import { Title } from "./title.tsx"
import { say } from "../words.ts"
import type { WordKey } from "../words/en.ts"
import { Said } from "./said.tsx"

/** Parts shown instead of a page's content: it loads, it failed, it is not for whoever asks, or there is nothing. */

export const Loading = () => (
  <div class="state" role="status">
    <d2l-loading-spinner size={50} />
    <span class="offscreen">{say("state.loading")}</span>
  </div>
)

const heads: Readonly<Record<Trouble["kind"], readonly [WordKey, WordKey]>> = {
  over: ["state.over", "state.overHint"],
  forbidden: ["state.forbidden", "state.forbiddenHint"],
  missing: ["state.missing", "state.missingHint"],
  failed: ["state.failed", "state.failedHint"],
  refused: ["state.failed", "state.failedHint"]
}

export const TroubleState = ({
  again,
  level = "h2",
  trouble
}: {
  readonly trouble: Trouble
  readonly again?: () => void
  /** h1 where it is all that a page shows. */
  readonly level?: "h1" | "h2"
}) => {
  const [head, hint] = heads[trouble.kind]
  return (
    <div class="state" role="alert">
      {level === "h1" ? <Title text={say(head)} /> : <h2>{say(head)}</h2>}
      <p>{trouble.kind === "refused" ? <Said told={trouble.told} /> : say(hint)}</p>
      {trouble.kind === "over" ? (
        <p>
          <a href={`/sign-in?to=${encodeURIComponent(location.pathname)}`}>{say("over.signIn")}</a>
        </p>
      ) : null}
      {again === undefined || trouble.kind === "over" || trouble.kind === "forbidden" ? null : (
        <d2l-button onClick={again}>{say("state.again")}</d2l-button>
      )}
    </div>
  )
}

/** Why something that was asked for was not done; that a session is over is said above the page. */
export const Refusal = ({ trouble }: { readonly trouble: Trouble | null }) =>
  trouble === null || trouble.kind === "over" ? null : (
    <div role="alert">
      <d2l-alert type="critical">
        {trouble.kind === "refused" ? (
          <Said told={trouble.told} />
        ) : (
          `${say(heads[trouble.kind][0])}. ${say(heads[trouble.kind][1])}`
        )}
      </d2l-alert>
    </div>
  )

/** The answer to a question, or what is to be said until it comes. */
export const Answered = <A,>({
  asked,
  children
}: {
  readonly asked: Asked<A>
  readonly children: (value: A) => ComponentChildren
}) => {
  // The end of a session is told above the page, which goes on when there is one again.
  if (asked.trouble?.kind === "over") return null
  if (asked.trouble !== null) return <TroubleState trouble={asked.trouble} again={asked.again} />
  return asked.value === null ? <Loading /> : <>{children(asked.value)}</>
}

export const Empty = ({ hint, what }: { readonly what: string; readonly hint: string }) => (
  <div class="state">
    <h2>{what}</h2>
    <d2l-empty-state-simple description={hint} />
  </div>
)
