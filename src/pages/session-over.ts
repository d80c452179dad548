/** Tells the page that its session is over, and later that there is one again; what stands in fields stays. */

type Listener = () => void

const whenOver = new Set<Listener>()
const whenBack = new Set<Listener>()

const follow =
  (listeners: Set<Listener>) =>
  (listener: Listener): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

export const onOver = follow(whenOver)
export const onBack = follow(whenBack)
export const sessionIsOver = (): void => whenOver.forEach((listener) => listener())
export const sessionIsBack = (): void => whenBack.forEach((listener) => listener())
