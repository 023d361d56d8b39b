// Alibaba Cloud's SDK for Node, OCR. The argument after the calls is `file` or `url`.
'use strict'

const { createReadStream } = require('node:fs')
const { $OpenApiUtil } = require('@alicloud/openapi-core')
const { default: Client, RecognizeBankCardRequest } = require('@alicloud/ocr-api20210707')
const run = require('./calls')

run(async (one, setting) => {
  // It takes the setting of a proxy and does not use it.
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: one.access_key_id, accessKeySecret: one.access_key_secret,
    protocol: 'http', endpoint: new URL(setting.plain.aliyun_ocr).host,
  }))
  const photo = process.argv[3] === 'url' ? { url: one.image_url } : { body: createReadStream(one.photo) }
  try {
    const answer = await client.recognizeBankCard(new RecognizeBankCardRequest(photo))
    return JSON.parse(answer.body.data).data.cardNumber
  } catch (error) {
    return error.code ?? error.message
  }
})
