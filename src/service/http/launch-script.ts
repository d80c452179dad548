/**
 * The script of a page in a frame of a learning platform, where the browser may keep no cookies there: the secret by which the
 * browser is known again is kept by the platform, in a frame of its own, and asked back from it. Source: 1EdTech, LTI OIDC
 * Login with LTI Client Side postMessages 1.0.
 */
export const launchScript = `"use strict"
const form = document.querySelector("form")
const { act, storage, platform, key } = form.dataset
const [wait, pause] = [2000, 150]

const frame = () => {
  const host = window.opener ?? window.parent
  if (storage === "_parent") return host
  try { return host.frames[storage] ?? host } catch { return host }
}

// The frame of the platform may not be ready yet: it is asked until it answers.
const ask = (message) => new Promise((resolve) => {
  const message_id = crypto.randomUUID()
  let times = Math.ceil(wait / pause)
  const finish = (data) => {
    clearInterval(again)
    removeEventListener("message", hear)
    resolve(data)
  }
  const hear = ({ data, origin }) => {
    if (origin === platform && data?.message_id === message_id && data.subject === message.subject + ".response") finish(data)
  }
  const send = () => {
    try { frame().postMessage({ ...message, message_id }, platform) } catch { finish(null) }
    if (times-- <= 0) finish(null)
  }
  const again = setInterval(send, pause)
  addEventListener("message", hear)
  send()
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
