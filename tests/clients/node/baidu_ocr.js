// Baidu's SDK for Node.
'use strict'

const { readFileSync } = require('node:fs')
const { ocr } = require('baidu-aip-sdk')
const run = require('./calls')

run(async (one) => {
  const client = new ocr('1234567', one.api_key, one.secret_key)
  const image = readFileSync(one.photo).toString('base64')
  const answer = await client.bankcard(image, { detect_direction: 'true', detect_quality: 'true' })
  return answer.error_code ?? answer.result.bank_card_number
})
