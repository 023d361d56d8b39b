// co-wechat-api: it has no method for cards, so its own `request` sends the address of a photo with its token.
'use strict'

const API = require('co-wechat-api')
const run = require('./calls')

run(async (one) => {
  const api = new API(one.app_id, one.app_secret)
  try {
    const { accessToken } = await api.ensureAccessToken()
    const query = new URLSearchParams({ access_token: accessToken, img_url: one.image_url })
    const answer = await api.request(`https://api.weixin.qq.com/cv/ocr/bankcard?${query}`, { method: 'POST' })
    return answer.number
  } catch (error) {
    return error.code ?? error.message
  }
})
