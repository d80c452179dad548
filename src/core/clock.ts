/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. `zone` is an IANA name. */
export const dayIn = (instant: Date, zone: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    instant
  )

/** The local date and time of an instant in a time zone, `YYYY-MM-DDTHH:MM`. */
export const momentIn = (instant: Date, zone: string): string =>
  `${dayIn(instant, zone)}T${new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(instant)}`

/** Whether a text is a calendar day that exists, written `YYYY-MM-DD`. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
