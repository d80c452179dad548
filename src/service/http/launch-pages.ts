import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { EntranceWords } from "./entrance-words.ts"

/** The few pages that a launch may need on its way. No script stands within them, and they load no other but one of ours. */

export const scriptPath = "/lti/launch.js"

/** Keeps the browser's secret with the learning platform, then goes on to it. */
export const keepPage = ({
  words,
  storage,
  platform,
  state,
  secret,
  next
}: {
  readonly words: EntranceWords
  readonly storage: string
  readonly platform: string
  readonly state: string
  readonly secret: string
  readonly next: string
}) =>
  page(
    words,
    words.wait,
    `<form data-act="keep" ${attributes({ storage, platform, key: keyOf(state), next })}>${hidden({ secret })}</form>
<noscript><p><a href="${escaped(next)}">${words.goOn}</a></p></noscript>
<script src="${scriptPath}"></script>`
  )

/** Asks the learning platform for the browser's secret, then launches with it; where it has none, offers a tab of its own. */
export const recallPage = ({
  words,
  storage,
  platform,
  state,
  idToken,
  asked
}: {
  readonly words: EntranceWords
  readonly storage: string
  readonly platform: string
  readonly state: string
  readonly idToken: string
  readonly asked: Readonly<Record<string, string>>
}) =>
  page(
    words,
    words.wait,
    `<form method="post" action="/lti/launch" data-act="recall" ${attributes({ storage, platform, key: keyOf(state) })}>${hidden({ state, id_token: idToken, secret: "" })}</form>
<div id="tab" hidden>${tabForm(words, asked)}</div>
<noscript>${tabForm(words, asked)}</noscript>
<script src="${scriptPath}"></script>`
  )

/** The page that asks for a launch once more in a tab of its own, for a browser that keeps nothing within a frame. */
export const tabPage = (words: EntranceWords, asked: Readonly<Record<string, string>>) =>
  page(words, words.ownTab, tabForm(words, asked), 403)

/** Why somebody is not let in; nothing of what was sent is repeated. */
export const refusedPage = (words: EntranceWords, why: string, status = 403) =>
  page(words, words.notSignedIn, `<p>${escaped(why)}</p>\n`, status)

const tabForm = (words: EntranceWords, asked: Readonly<Record<string, string>>): string =>
  `<p>${words.remembersNothing}</p>
<form method="post" action="/lti/login" target="_blank">${hidden(asked)}<button>${words.openTab}</button></form>`

const keyOf = (state: string): string => `rollbook_${state}`

const page = (
  { language }: EntranceWords,
  title: string,
  body: string,
  status = 200
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><body><main><h1>${title}</h1>\n${body}</main></body></html>`,
    {
      status,
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": "default-src 'none'; script-src 'self'; base-uri 'none'" }
    }
  )

const hidden = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    .join("")

const attributes = (all: Readonly<Record<string, string>>): string =>
  Object.entries(all)
    .map(([name, value]) => `data-${name}="${escaped(value)}"`)
    .join(" ")

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
