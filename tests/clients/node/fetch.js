// Node's own fetch (undici): the upload of a Blob to WeChat.
'use strict'

const { readFileSync } = require('node:fs')
const run = require('./calls')

run(async (one, setting) => {
  const at = setting.plain.wechat
  const query = new URLSearchParams({ grant_type: 'client_credential', appid: one.app_id, secret: one.app_secret })
  const token = await (await fetch(`${at}/cgi-bin/token?${query}`)).json()
  if (token.errcode) return token.errcode
  const form = new FormData()
  form.append('img', new Blob([readFileSync(one.photo)]), 'card.jpg')
  const target = `${at}/cv/ocr/bankcard?access_token=${encodeURIComponent(token.access_token)}`
  const data = await (await fetch(target, { method: 'POST', body: form })).json()
  return data.errcode || data.number
})
