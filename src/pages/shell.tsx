import type { ComponentChildren } from "preact"
import { ask, may, type Session } from "./api.ts"
import { SessionOver } from "./parts/over.tsx"
import { href, type Place } from "./router.ts"
import { say } from "./words.ts"
import type { WordKey } from "./words/en.ts"

const administration = [
  "dashboard",
  "audit",
  "configuration",
  "quarantine",
  "connections",
  "history",
  "access"
] as const
const teaching = ["grades", "export", "exports", "cleanup"] as const

/** The pages for whoever is signed in: a page without the right for it is not offered. */
export const pagesOf = (session: Session, course: string | null): ReadonlyArray<readonly [WordKey, Place]> => [
  ...administration.filter((name) => may(session, rightFor(name))).map((name) => [`nav.${name}`, [name]] as const),
  ...(course !== null && may(session, "see grades", course)
    ? teaching.map((name) => [`nav.${name}`, ["courses", course, name]] as const)
    : [])
]

const rightFor = (name: (typeof administration)[number]): string =>
  name === "configuration" ? "see configuration" : name === "access" ? "manage access" : "see console"

/** The frame of every page: the way to the content and to the others, who is signed in, and the page's title. */
export const Shell = ({
  children,
  course,
  place,
  session
}: {
  readonly session: Session
  readonly place: Place
  readonly course: string | null
  readonly children: ComponentChildren
}) => {
  const pages = pagesOf(session, course)
  const current = pages.find(([, to]) => to.every((word, index) => place[index] === word))
  const leave = (): void => void ask("/api/session", undefined, "DELETE").finally(() => location.reload())
  return (
    <>
      <a class="offscreen skip" href="#content" onClick={toContent}>
        {say("app.skip")}
      </a>
      <header>
        <div class="who">
          <strong>{session.course?.title ?? say("app.title")}</strong>
          <span class="quiet">{say("app.signedInAs", { name: session.name ?? session.who })}</span>
          <d2l-button-subtle slim text={say("app.signOut")} onClick={leave} />
        </div>
        <nav aria-label={say("app.menu")}>
          <ul>
            {pages.map(([name, to]) => (
              <li key={name}>
                <a href={href(...to)} aria-current={current?.[0] === name ? "page" : undefined}>
                  {say(name)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        <SessionOver session={session} />
        {children}
      </main>
    </>
  )
}

/** The address belongs to the router, so that the way to the content is gone by hand. */
const toContent = (event: Event): void => {
  event.preventDefault()
  document.querySelector<HTMLElement>("#content")?.focus()
}
