// Tencent Cloud's SDK for Node, OCR.
'use strict'

const { readFileSync } = require('node:fs')
const { CommonClient } = require('tencentcloud-sdk-nodejs-common')
const run = require('./calls')

run(async (one, setting) => {
  const client = new CommonClient('ocr.tencentcloudapi.com', '2018-11-19', {
    credential: { secretId: one.secret_id, secretKey: one.secret_key },
    profile: { httpProfile: { proxy: `http://${setting.all}` } },
  })
  try {
    const card = { ImageBase64: readFileSync(one.photo).toString('base64'), EnableBorderCheck: true }
    return (await client.request('BankCardOCR', card)).CardNo
  } catch (error) {
    return error.code ?? error.message
  }
})
