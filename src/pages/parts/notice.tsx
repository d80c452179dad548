import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"

/** The result of something that was done; whoever did it is put there, for the button may be gone. */
export const Notice = ({
  children,
  type = "success"
}: {
  readonly children: ComponentChildren
  readonly type?: "success" | "critical"
}) => {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [])
  return (
    <div ref={place} class="notice" tabIndex={-1} role={type === "critical" ? "alert" : "status"}>
      <d2l-alert type={type}>{children}</d2l-alert>
    </div>
  )
}
