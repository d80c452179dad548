import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

/** The few pages that a launch may need on its way. No script stands within them, and they load no other but one of ours. */

export const scriptPath = "/lti/launch.js"

/** Keeps the browser's secret with the learning platform, then goes on to it. */
export const keepPage = ({
  storage,
  platform,
  state,
  secret,
  next
}: {
  readonly storage: string
  readonly platform: string
  readonly state: string
  readonly secret: string
  readonly next: string
}) =>
  page(
    "One moment…",
    `<form data-act="keep" ${attributes({ storage, platform, key: keyOf(state), next })}>${hidden({ secret })}</form>
<noscript><p><a href="${escaped(next)}">Go on</a></p></noscript>
<script src="${scriptPath}"></script>`
  )

/** Asks the learning platform for the browser's secret, then launches with it; where it has none, offers a tab of its own. */
export const recallPage = ({
  storage,
  platform,
  state,
  idToken,
  asked
}: {
  readonly storage: string
  readonly platform: string
  readonly state: string
  readonly idToken: string
  readonly asked: Readonly<Record<string, string>>
}) =>
  page(
    "One moment…",
    `<form method="post" action="/lti/launch" data-act="recall" ${attributes({ storage, platform, key: keyOf(state) })}>${hidden({ state, id_token: idToken, secret: "" })}</form>
<div id="tab" hidden>${tabForm(asked)}</div>
<noscript>${tabForm(asked)}</noscript>
<script src="${scriptPath}"></script>`
  )

/** The page that asks for a launch once more in a tab of its own, for a browser that keeps nothing within a frame. */
export const tabPage = (asked: Readonly<Record<string, string>>) =>
  page("Open rollbook in a tab of its own", tabForm(asked), 403)

const tabForm = (asked: Readonly<Record<string, string>>): string =>
  `<p>This browser lets rollbook remember nothing within this page.</p>
<form method="post" action="/lti/login" target="_blank">${hidden(asked)}<button>Open in a new tab</button></form>`

const keyOf = (state: string): string => `rollbook_${state}`

const page = (title: string, body: string, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><body><main><h1>${title}</h1>\n${body}</main></body></html>`,
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
