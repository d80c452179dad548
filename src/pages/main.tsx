import "./elements.ts"
import { render } from "preact"
import { Pages } from "./pages.tsx"
import { ask, type Session, troubleOf } from "./api.ts"
import { TroubleState } from "./parts/states.tsx"
import { chooseLanguage } from "./words.ts"

/** The console begins: who is signed in, in which language, and the page that the address names. */
const begin = async (): Promise<void> => {
  const root = document.querySelector("#page")
  if (root === null) return
  try {
    const session = await ask<Session>("/api/session")
    document.documentElement.lang = await chooseLanguage(session.language ?? navigator.language)
    render(<Pages session={session} />, root)
  } catch (error) {
    document.documentElement.lang = await chooseLanguage(navigator.language)
    const trouble = troubleOf(error)
    render(
      <main>
        <TroubleState level="h1" trouble={trouble} again={() => location.reload()} />
      </main>,
      root
    )
  }
}

void begin()
