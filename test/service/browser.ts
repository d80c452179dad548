/** A browser as far as a launch needs one: cookies by host, forms, and no redirection that a test does not follow itself. */
export interface Browser {
  readonly get: (url: string) => Promise<Response>
  readonly post: (url: string, fields: Readonly<Record<string, string>>) => Promise<Response>
  /** The cookies for an address, as they are sent. */
  readonly cookies: (url: string) => string
  readonly forget: (url: string) => void
}

/** `keeps`: whether it keeps a cookie, by its whole text. */
export const openBrowser = (keeps: (cookie: string) => boolean = () => true): Browser => {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string): Map<string, string> => {
    const { host } = new URL(url)
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }
  const cookies = (url: string): string => [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join("; ")
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(url, { ...init, redirect: "manual", headers: { cookie: cookies(url) } })
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";")
      const at = pair.indexOf("=")
      if (/Max-Age=0/.test(cookie)) jarOf(url).delete(pair.slice(0, at))
      else if (keeps(cookie)) jarOf(url).set(pair.slice(0, at), pair.slice(at + 1))
    }
    return answer
  }
  return {
    get: (url) => send(url, {}),
    post: (url, fields) => send(url, { method: "POST", body: new URLSearchParams(fields) }),
    cookies,
    forget: (url) => jarOf(url).clear()
  }
}

/** Where the first form of a page leads, with its hidden fields. */
export const formOf = (
  page: string
): { readonly action: string; readonly fields: Readonly<Record<string, string>> } => ({
  action: plain(/<form[^>]*action="([^"]*)"/.exec(page)?.[1] ?? ""),
  fields: Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name = "", value = ""]) => [
      plain(name),
      plain(value)
    ])
  )
})

/** An attribute of a page's first form. */
export const attributeOf = (page: string, name: string): string =>
  plain(new RegExp(`<form[^>]*data-${name}="([^"]*)"`).exec(page)?.[1] ?? "")

const plain = (text: string): string =>
  text
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
