import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { ask, AskFailed, type Trouble } from "./api.ts"

/** What was asked of the server: still on its way, here, or not to be had. */
export interface Asked<A> {
  readonly value: A | null
  readonly trouble: Trouble | null
  readonly again: () => void
}

/**
 * Asks for what a page shows; again whenever the path changes, and every so many seconds while `isLive` says so of what came
 * last. A repeated question that fails leaves what is shown.
 */
export const useAsked = <A>(path: string, body: object | null = null, isLive?: (value: A) => boolean): Asked<A> => {
  const question = `${path} ${body === null ? "" : JSON.stringify(body)}`
  const [answer, setAnswer] = useState<{ question: string; value: A | null; trouble: Trouble | null }>({
    question: "",
    value: null,
    trouble: null
  })
  const [round, setRound] = useState(0)
  const live = useRef(isLive)
  live.current = isLive
  useEffect(() => {
    let isCurrent = true
    let timer: ReturnType<typeof setTimeout> | undefined
    let wasLive = false
    const goOn = (): void => void (timer = setTimeout(() => void look(), 2_000))
    const look = async (): Promise<void> => {
      try {
        const value = await ask<A>(path, body ?? undefined)
        if (!isCurrent) return
        setAnswer({ question, value, trouble: null })
        wasLive = live.current?.(value) === true
        if (wasLive) goOn()
      } catch (error) {
        if (!isCurrent) return
        const trouble: Trouble = error instanceof AskFailed ? error.trouble : { kind: "failed" }
        setAnswer((before) =>
          before.question === question && before.value !== null && trouble.kind !== "over"
            ? before
            : { question, value: null, trouble }
        )
        if (wasLive && trouble.kind !== "over") goOn()
      }
    }
    void look()
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [question, round])
  const again = useCallback(() => setRound((count) => count + 1), [])
  const isAnswered = answer.question === question
  return { value: isAnswered ? answer.value : null, trouble: isAnswered ? answer.trouble : null, again }
}

/** Something that is done when somebody asks for it; `isBusy` until it is. */
export const useDoing = (): {
  readonly isBusy: boolean
  readonly trouble: Trouble | null
  readonly run: (work: () => Promise<void>) => void
} => {
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const run = (work: () => Promise<void>): void => {
    setBusy(true)
    setTrouble(null)
    work()
      .catch((error: unknown) => setTrouble(error instanceof AskFailed ? error.trouble : { kind: "failed" }))
      .finally(() => setBusy(false))
  }
  return { isBusy, trouble, run }
}
