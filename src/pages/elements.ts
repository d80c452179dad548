import "@brightspace-ui/core/components/alert/alert.js"
import "@brightspace-ui/core/components/button/button.js"
import "@brightspace-ui/core/components/button/button-subtle.js"
import "@brightspace-ui/core/components/empty-state/empty-state-simple.js"
import "@brightspace-ui/core/components/inputs/input-checkbox.js"
import "@brightspace-ui/core/components/inputs/input-text.js"
import "@brightspace-ui/core/components/loading-spinner/loading-spinner.js"
import "@brightspace-ui/core/components/status-indicator/status-indicator.js"
import type { ComponentChildren, Ref } from "preact"

/** The elements of D2L's library that the pages use, and what they are told. */

interface Common {
  readonly class?: string
  readonly id?: string
  readonly slot?: string
  readonly hidden?: boolean
  readonly children?: ComponentChildren
  readonly onClick?: () => void
  readonly ref?: Ref<HTMLElement>
}

declare module "preact" {
  // The library's own way to make elements known.
  // eslint-disable-next-line typescript/no-namespace
  namespace JSX {
    interface IntrinsicElements {
      "d2l-alert": Common & { readonly type?: "default" | "success" | "warning" | "critical" | "error" }
      "d2l-button": Common & {
        readonly primary?: boolean
        readonly disabled?: boolean
        readonly description?: string
      }
      "d2l-button-subtle": Common & {
        readonly text: string
        readonly disabled?: boolean
        readonly description?: string
        readonly slim?: boolean
      }
      "d2l-empty-state-simple": Common & { readonly description: string }
      "d2l-input-checkbox": Common & {
        readonly label: string
        readonly checked?: boolean
        readonly disabled?: boolean
        readonly "label-hidden"?: boolean
        readonly onChange?: (event: Event) => void
      }
      "d2l-input-text": Common & {
        readonly label: string
        readonly value?: string
        readonly type?: string
        readonly required?: boolean
        readonly maxlength?: number
        readonly onInput?: (event: Event) => void
        readonly onKeyDown?: (event: KeyboardEvent) => void
      }
      "d2l-loading-spinner": Common & { readonly size?: number }
      "d2l-status-indicator": Common & {
        readonly state: "default" | "success" | "alert" | "none" | "null"
        readonly text: string
        readonly bold?: boolean
      }
    }
  }
}

/** Enter in a field of the library, which leaves no form by itself. */
export const onEnter =
  (work: () => void) =>
  (event: KeyboardEvent): void => {
    if (event.key === "Enter") work()
  }

/** The text that somebody wrote into a field. */
export const written = (event: Event): string => (event.target as HTMLInputElement).value

/** Whether a reason says too little for the audit log: the service takes none of fewer than three characters. */
export const lacksWhy = (why: string): boolean => why.trim().length < 3

export const isChecked = (event: Event): boolean => (event.target as HTMLInputElement).checked
