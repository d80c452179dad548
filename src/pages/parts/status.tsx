import { sayOf } from "../words.ts"

/** How something ended, in a word and a colour that repeats it. */
export const Status = ({ group = "outcome", word }: { readonly word: string; readonly group?: string }) => (
  <d2l-status-indicator state={stateOf(word)} text={sayOf(group, word)} bold />
)

const stateOf = (word: string): "default" | "success" | "alert" | "none" => {
  switch (word) {
    case "good":
    case "done":
    case "sent":
      return "success"
    case "held":
    case "partial":
    case "limited":
    case "running":
    case "at work":
    case "waiting":
    case "waitingFor":
      return "default"
    case "idle":
    case "stood so":
    case "unknown":
    case "switched off":
    case "not begun":
      return "none"
    default:
      return "alert"
  }
}
