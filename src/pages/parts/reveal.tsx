import { useEffect, useRef } from "preact/hooks"
import { say } from "../words.ts"

/** Shows names where the right for it is held; that is noted, and said. */
export const Reveal = ({ isShown, onReveal }: { readonly isShown: boolean; readonly onReveal: () => void }) => {
  const said = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (isShown) said.current?.focus()
  }, [isShown])
  return (
    <p class="reveal">
      {isShown ? (
        <span ref={said} class="quiet" tabIndex={-1} role="status">
          {say("word.revealed")}
        </span>
      ) : (
        <>
          <d2l-button-subtle text={say("word.reveal")} description={say("word.revealHint")} onClick={onReveal} />
          <span class="quiet">{say("word.revealHint")}</span>
        </>
      )}
    </p>
  )
}
