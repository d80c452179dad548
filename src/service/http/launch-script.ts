/**
 * What a page in a frame of a learning platform does where the browser may keep no cookies there: the secret by which the
 * browser is known again is kept by the platform, in a frame of its own, and asked back from it. Source: 1EdTech, LTI OIDC
 * Login with LTI Client Side postMessages 1.0.
 */
export const launchScript = `"use strict"
const form = document.querySelector("form")
const { act, storage, platform, key } = form.dataset
const wait = 1500

const frame = () => {
  const host = window.opener ?? window.parent
  if (storage === "_parent") return host
  try { return host.frames[storage] ?? host } catch { return host }
}

const ask = (message) => new Promise((resolve) => {
  const message_id = crypto.randomUUID()
  const timer = setTimeout(() => finish(null), wait)
  const finish = (data) => {
    clearTimeout(timer)
    removeEventListener("message", hear)
    resolve(data)
  }
  const hear = ({ data, origin }) => {
    if (origin === platform && data?.message_id === message_id && data.subject === message.subject + ".response") finish(data)
  }
  addEventListener("message", hear)
  try { frame().postMessage({ ...message, message_id }, platform) } catch { finish(null) }
})

const start = async () => {
  if (act === "keep") {
    await ask({ subject: "lti.put_data", key, value: form.elements.secret.value })
    location.replace(form.dataset.next)
  } else if (act === "recall") {
    const answer = await ask({ subject: "lti.get_data", key })
    if (typeof answer?.value === "string") {
      form.elements.secret.value = answer.value
      form.submit()
    } else document.querySelector("#tab").hidden = false
  }
}
void start()
`
