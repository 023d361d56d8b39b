// aliyun-api-gateway, the vendor's own: the signature of AppKey and AppSecret.
'use strict'

const { Client } = require('aliyun-api-gateway')
const run = require('./calls')

run(async (one, setting) => {
  const client = new Client(one.app_key, one.app_secret)
  try {
    const answer = await client.post(`${setting.plain.aliyun_yhkr}/communication/personal/1886`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', accept: 'application/json' },
      data: { acct_no: one.card, idcard: one.id, name: one.person },
    })
    return answer.data.state
  } catch (error) {
    return error.data?.headers['x-ca-error-code'] ?? error.message
  }
})
