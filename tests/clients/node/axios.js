// axios with form-data: WeChat's upload as it is made from Node without an SDK.
'use strict'

const { createReadStream, statSync } = require('node:fs')
const axios = require('axios')
const FormData = require('form-data')
const { HttpsProxyAgent } = require('https-proxy-agent')
const run = require('./calls')

run(async (one, setting) => {
  const http = axios.create({
    baseURL: 'https://api.weixin.qq.com',
    proxy: false,
    httpsAgent: new HttpsProxyAgent(`http://${setting.all}`),
  })
  const { data: token } = await http.get('/cgi-bin/token', {
    params: { grant_type: 'client_credential', appid: one.app_id, secret: one.app_secret },
  })
  if (token.errcode) return token.errcode
  const form = new FormData()
  form.append('img', createReadStream(one.photo), { knownLength: statSync(one.photo).size })
  const headers = { ...form.getHeaders(), 'Content-Length': form.getLengthSync() }
  const { data } = await http.post('/cv/ocr/bankcard', form, { params: { access_token: token.access_token }, headers })
  return data.errcode || data.number
})
