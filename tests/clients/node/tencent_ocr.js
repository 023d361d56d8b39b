// Tencent Cloud's SDK for Node, OCR. The argument after the calls says what is sent: a photo or an address.
'use strict'

const { readFileSync } = require('node:fs')
const { ocr } = require('tencentcloud-sdk-nodejs-ocr')
const run = require('./calls')

run(async (one, setting) => {
  const client = new ocr.v20181119.Client({
    credential: { secretId: one.secret_id, secretKey: one.secret_key },
    profile: { httpProfile: { proxy: `http://${setting.all}` } },
  })
  const photo = process.argv[3] === 'photo'
    ? { ImageBase64: readFileSync(one.photo).toString('base64') }
    : { ImageUrl: one.image_url }
  try {
    return (await client.BankCardOCR({ ...photo, EnableBorderCheck: true })).CardNo
  } catch (error) {
    return error.code ?? error.message
  }
})
