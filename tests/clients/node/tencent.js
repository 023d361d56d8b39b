// Tencent Cloud's SDK for Node. The argument after the calls is the signature.
'use strict'

const { CommonClient } = require('tencentcloud-sdk-nodejs-common')
const run = require('./calls')

run(async (one, setting) => {
  const client = new CommonClient('faceid.tencentcloudapi.com', '2018-03-01', {
    credential: { secretId: one.secret_id, secretKey: one.secret_key },
    profile: { signMethod: process.argv[3], httpProfile: { proxy: `http://${setting.all}` } },
  })
  const card = { IdCard: one.id, Name: one.person, BankCard: one.card }
  try {
    return (await client.request('BankCardVerification', card)).Result
  } catch (error) {
    return error.code ?? error.message
  }
})
