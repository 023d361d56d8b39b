// Alibaba Cloud's SDK for Node, information verification.
'use strict'

const { $OpenApiUtil } = require('@alicloud/openapi-core')
const { default: Client, BankMetaVerifyRequest } = require('@alicloud/cloudauth20190307')
const run = require('./calls')

run(async (one, setting) => {
  // It takes the setting of a proxy and does not use it.
  const client = new Client(new $OpenApiUtil.Config({
    accessKeyId: one.access_key_id, accessKeySecret: one.access_key_secret,
    protocol: 'http', endpoint: new URL(setting.plain.aliyun_bankmeta).host,
  }))
  const holder = new BankMetaVerifyRequest({
    paramType: 'normal', verifyMode: 'VERIFY_BANK_CARD', productType: 'BANK_CARD_3_META',
    bankCard: one.card, userName: one.person, identifyNum: one.id,
  })
  try {
    const { body } = await client.bankMetaVerify(holder)
    return body.resultObject?.subCode ?? body.code
  } catch (error) {
    return error.code ?? error.message
  }
})
