import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"
import { say } from "../words.ts"
import { takeArrival } from "../router.ts"

/** The title of a page, in it and in the browser's tab. Whoever has come here by a way of the pages is put to it. */
export const Title = ({ children, text }: { readonly text: string; readonly children?: ComponentChildren }) => {
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${text} · ${say("app.title")}`
    if (takeArrival()) head.current?.focus()
  }, [text])
  return (
    <h1 ref={head} tabIndex={-1}>
      {text}
      {children}
    </h1>
  )
}
