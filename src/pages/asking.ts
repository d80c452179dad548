import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { ask, type Trouble, troubleOf } from "./api.ts"
import { onBack } from "./session-over.ts"

/** A question to the server: its answer still on its way, here, or not to be had. */
export interface Asked<A> {
  readonly value: A | null
  readonly trouble: Trouble | null
  readonly again: () => void
}

interface Answer<A> {
  readonly path: string
  readonly hasNames: boolean
  readonly question: string
  readonly value: A | null
  readonly trouble: Trouble | null
}

/**
 * Asks for what a page shows; again whenever the path changes, when a session that was over is back, and every so many seconds
 * while `isLive` says so of what came last. What is shown stays until the next page of it is here, and where a repeated
 * question fails.
 */
export const useAsked = <A>(path: string, body: object | null = null, isLive?: (value: A) => boolean): Asked<A> => {
  const question = `${path} ${body === null ? "" : JSON.stringify(body)}`
  const [plain = ""] = path.split("?")
  const hasNames = path.includes("reveal=true")
  const [answer, setAnswer] = useState<Answer<A>>({
    path: "",
    hasNames: false,
    question: "",
    value: null,
    trouble: null
  })
  const [round, setRound] = useState(0)
  const live = useRef(isLive)
  live.current = isLive
  const last = useRef<{ readonly question: string; readonly value: A } | null>(null)
  useEffect(() => {
    let isCurrent = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const goOnWhereLive = (): void => {
      if (last.current?.question !== question || live.current?.(last.current.value) !== true) return
      timer = setTimeout(() => void look(), 2_000)
    }
    const look = async (): Promise<void> => {
      try {
        const value = await ask<A>(path, body ?? undefined)
        if (!isCurrent) return
        setAnswer({ path: plain, hasNames, question, value, trouble: null })
        last.current = { question, value }
        goOnWhereLive()
      } catch (error) {
        if (!isCurrent) return
        const trouble = troubleOf(error)
        setAnswer((before) =>
          before.value !== null && (before.question === question || (before.path === plain && trouble.kind === "over"))
            ? before
            : { path: plain, hasNames, question, value: null, trouble }
        )
        if (trouble.kind !== "over") goOnWhereLive()
      }
    }
    void look()
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [question, round])
  const again = useCallback(() => setRound((count) => count + 1), [])
  useEffect(() => onBack(again), [again])
  const isAnswered = answer.question === question
  return {
    // Names that are to be hidden are so at once.
    value: isAnswered || (answer.path === plain && (hasNames || !answer.hasNames)) ? answer.value : null,
    trouble: isAnswered ? answer.trouble : null,
    again
  }
}

/** Something that is done when somebody asks for it; asked for twice while it is being done, it is done once. */
export const useDoing = (): {
  readonly trouble: Trouble | null
  readonly run: (work: () => Promise<void>) => void
} => {
  const isBusy = useRef(false)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const run = (work: () => Promise<void>): void => {
    if (isBusy.current) return
    isBusy.current = true
    setTrouble(null)
    work()
      .catch((error: unknown) => setTrouble(troubleOf(error)))
      .finally(() => (isBusy.current = false))
  }
  // Work that could not be done for want of a session can be tried once there is one.
  useEffect(() => onBack(() => setTrouble((before) => (before?.kind === "over" ? null : before))), [])
  return { trouble, run }
}
