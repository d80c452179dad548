import { useEffect, useRef, useState } from "preact/hooks"
import { ask, type Session, troubleOf } from "../api.ts"
import { onOver, sessionIsBack } from "../session-over.ts"
import { say } from "../words.ts"

/**
 * Says above the page that its session is over, and how to get another one. The page stays as it is, with what was typed; once
 * the same person is signed in again it goes on, and whoever was at a field is put back there.
 */
export const SessionOver = ({ session }: { readonly session: Session }) => {
  const [state, setState] = useState<"on" | "over" | "still" | "failed">("on")
  const place = useRef<HTMLDivElement>(null)
  const left = useRef<Element | null>(null)
  useEffect(
    () =>
      onOver(() => {
        setState((before) => {
          if (before === "on") left.current = document.activeElement
          return before === "on" ? "over" : before
        })
      }),
    []
  )
  const isOver = state !== "on"
  useEffect(() => {
    if (isOver) place.current?.focus()
    else if (left.current instanceof HTMLElement) left.current.focus()
  }, [isOver])
  if (!isOver) return null
  const goOn = (): void =>
    void ask<Session>("/api/session").then(
      (now) => {
        if (now.who !== session.who) return location.reload()
        setState("on")
        sessionIsBack()
      },
      (error: unknown) => setState(troubleOf(error).kind === "over" ? "still" : "failed")
    )
  return (
    <div
      ref={place}
      class="card over"
      role="alertdialog"
      aria-labelledby="over"
      aria-describedby="over-how"
      tabIndex={-1}
    >
      <h2 id="over">{say("state.over")}</h2>
      <p id="over-how">
        {say(session.by === "lti" ? "over.lti" : session.by === "oidc" ? "over.oidc" : "over.link")} {say("over.kept")}
      </p>
      <p class="row">
        {session.by === "oidc" ? (
          <a href={`/sign-in?to=${encodeURIComponent(location.pathname)}`} target="_blank" rel="noopener">
            {say("over.signIn")}
          </a>
        ) : null}
        <d2l-button primary onClick={goOn}>
          {say("over.goOn")}
        </d2l-button>
      </p>
      <p role="status">{state === "still" ? say("over.still") : state === "failed" ? say("state.failedHint") : ""}</p>
    </div>
  )
}
