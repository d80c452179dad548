import { useEffect, useRef } from "preact/hooks"
import { say } from "../words.ts"

/** Shows names where the right for it is held, and hides them again; that they were shown is noted, and said. */
export const Reveal = ({
  isShown,
  onReveal
}: {
  readonly isShown: boolean
  readonly onReveal: (isShown: boolean) => void
}) => {
  const said = useRef<HTMLSpanElement>(null)
  const show = useRef<HTMLElement>(null)
  const before = useRef(isShown)
  // Each of the two buttons is gone once it was pressed.
  useEffect(() => {
    if (isShown !== before.current) (isShown ? said : show).current?.focus()
    before.current = isShown
  }, [isShown])
  return (
    <p class="reveal">
      {isShown ? (
        <>
          <span ref={said} class="quiet" tabIndex={-1} role="status">
            {say("word.revealed")}
          </span>{" "}
          <d2l-button-subtle text={say("word.hide")} onClick={() => onReveal(false)} />
        </>
      ) : (
        <>
          <d2l-button-subtle
            ref={show}
            text={say("word.reveal")}
            description={say("word.revealHint")}
            onClick={() => onReveal(true)}
          />
          <span class="quiet">{say("word.revealHint")}</span>
        </>
      )}
    </p>
  )
}
