'use strict';
// One measured Node client: client.js FACE VENDOR IN_FLIGHT CALLS WARM_UP URL [CA_FILE].
// FACE is undici, sdk (the vendor's own, or co-wechat-api) or cardwire.

const crypto = require('node:crypto');
const fs = require('node:fs');

const [face, vendor, inFlightText, callsText, warmUpText, url, caFile] = process.argv.slice(2);
const [inFlight, calls, warmUp] = [inFlightText, callsText, warmUpText].map(Number);
const host = url.split('//')[1];
const [card, id, name] = ['6222020000000000000', '110101190001010014', '张三'];
const [token, ticket] = ['wechataccesstoken0000000000', 'ticketticketticketticketticket'];
const isPhoto = ['wechat', 'tencent_kyc', 'aliyun_bankocr'].includes(vendor);
const photo = isPhoto ? fs.readFileSync(process.env.PHOTO) : null;
const appCode = 'appcodeappcodeappcode';

const begun = performance.now();
let library;
if (face === 'undici') library = require('undici');
else if (face === 'cardwire') library = require(process.env.CARDWIRE_NODE || 'cardwire');
else if (vendor === 'tencent_faceid') library = require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/faceid');
else if (vendor === 'wechat') library = { Api: require('co-wechat-api'), form: require('formstream') };
else library = require('aliyun-api-gateway');
const startMs = performance.now() - begun;

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');
const mac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();

function request() {
  if (vendor === 'tencent_faceid') {
    const body = JSON.stringify({ IdCard: id, Name: name, BankCard: card });
    const now = Math.floor(Date.now() / 1000);
    const date = new Date(now * 1000).toISOString().slice(0, 10);
    const canonical = `POST\n/\n\ncontent-type:application/json\nhost:${host}\n\ncontent-type;host\n${sha256(body)}`;
    const toSign = `TC3-HMAC-SHA256\n${now}\n${date}/faceid/tc3_request\n${sha256(canonical)}`;
    const key = mac(mac(mac('TC3secretkeyexample', date), 'faceid'), 'tc3_request');
    const signature = mac(key, toSign).toString('hex');
    return {
      path: '/',
      headers: {
        'content-type': 'application/json',
        authorization: `TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/${date}/faceid/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`,
        'x-tc-action': 'BankCardVerification',
        'x-tc-version': '2018-03-01',
        'x-tc-timestamp': String(now),
      },
      body,
    };
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: `APPCODE ${appCode}` };
  if (vendor === 'aliyun_yhkr') {
    const body = new URLSearchParams({ acct_no: card, idcard: id, name }).toString();
    return { path: '/communication/personal/1886', headers: form, body };
  }
  if (vendor === 'aliyun_bankocr') {
    const img = encodeURIComponent(`data:image/jpeg;base64,${photo.toString('base64')}`);
    return { path: '/cardbank', headers: form, body: `img=${img}` };
  }
  const [order, nonce] = [0, 0].map(() => crypto.randomBytes(16).toString('hex'));
  const sign = crypto.createHash('sha1').update(['IDA00001', order, '1.0.0', nonce, ticket].sort().join(''));
  const body = JSON.stringify({
    webankAppId: 'IDA00001',
    version: '1.0.0',
    nonce,
    sign: sign.digest('hex').toUpperCase(),
    orderNo: order,
    bankcardStr: photo.toString('base64'),
  });
  return { path: `/api/paas/bankcardocrapp?orderNo=${order}`, headers: { 'content-type': 'application/json' }, body };
}

function read(answer) {
  const good = {
    tencent_faceid: () => answer.Response.Result === '0',
    aliyun_yhkr: () => answer.data.state === '1',
    wechat: () => String(answer.number) === '6217000000000000004',
    tencent_kyc: () => answer.result.bankcardNo === '6217000000000000004',
    aliyun_bankocr: () => answer.result.bank_card_number.startsWith('6217'),
  };
  if (!good[vendor]()) throw new Error(JSON.stringify(answer));
}

const faces = {
  undici() {
    const ca = caFile ? fs.readFileSync(caFile) : undefined;
    const pool = new library.Pool(url, { connections: inFlight, connect: { ca } });
    return async () => {
      let call;
      if (vendor === 'wechat') {
        const form = new library.FormData();
        form.set('img', new Blob([photo], { type: 'image/jpeg' }), 'card.jpg');
        const path = `${url}/cv/ocr/bankcard?access_token=${token}`;
        const answer = await library.fetch(path, { method: 'POST', body: form, dispatcher: pool });
        return read(await answer.json());
      }
      call = request();
      const answer = await pool.request({ method: 'POST', ...call });
      return read(await answer.body.json());
    };
  },
  sdk() {
    if (vendor === 'tencent_faceid') {
      const common = require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/common');
      const AbstractModel = require('tencentcloud-sdk-nodejs-intl-en/tencentcloud/common/abstract_model');
      // This version of the SDK has no method for this action: its general one signs and sends the same.
      class Verification extends AbstractModel {
        constructor() {
          super();
          Object.assign(this, { IdCard: id, Name: name, BankCard: card });
        }
      }
      class Answer extends AbstractModel {
        deserialize(members) {
          Object.assign(this, members);
        }
      }
      const http = new common.HttpProfile();
      http.endpoint = host;
      http.protocol = `${url.split('//')[0]}//`;
      const credential = new common.Credential('AKIDEXAMPLE', 'secretkeyexample');
      const profile = new common.ClientProfile('TC3-HMAC-SHA256', http);
      const client = new library.v20180301.Client(credential, '', profile);
      return () => new Promise((resolve, reject) => {
        client.request('BankCardVerification', new Verification(), new Answer(), (error, answer) => {
          if (error || answer.Result !== '0') reject(error || new Error('no match'));
          else resolve();
        });
      });
    }
    const https = caFile ? { agent: new (require('node:https').Agent)({ keepAlive: true, ca: fs.readFileSync(caFile) }) } : {};
    if (vendor === 'wechat') {
      const api = new library.Api('wx00001', 'wxsecret', async () => ({ accessToken: token, expireTime: Date.now() + 7200e3 }));
      return async () => {
        const { accessToken } = await api.ensureAccessToken();
        const form = library.form();
        form.buffer('img', photo, 'card.jpg', 'image/jpeg');
        const options = { method: 'POST', timeout: 60000, headers: form.headers(), data: form, ...https };
        read(await api.request(`${url}/cv/ocr/bankcard?access_token=${accessToken}`, options));
      };
    }
    const client = new library.SimpleClient(appCode);
    const path = vendor === 'aliyun_yhkr' ? '/communication/personal/1886' : '/cardbank';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return async () => {
      const data = vendor === 'aliyun_yhkr'
        ? { acct_no: card, idcard: id, name }
        : { img: `data:image/jpeg;base64,${photo.toString('base64')}` };
      read(await client.post(url + path, { data, headers }));
    };
  },
  cardwire() {
    const account = {
      tencent_faceid: { secret_id: 'AKIDEXAMPLE', secret_key: 'secretkeyexample', requests_per_second: 1e6 },
      wechat: { app_id: 'wx00001', app_secret: 'wxsecret', daily_quota: 0 },
      tencent_kyc: { app_id: 'IDA00001', secret: 'kycsecret' },
    }[vendor] || { app_code: appCode };
    const config = { vendors: [{ vendor, base_url: url, ...account }] };
    if (caFile) config.ca_file = caFile;
    const client = new library.Client(config);
    return async () => {
      if (isPhoto) {
        const answer = await client.recognize(photo);
        if (answer.cardNumber !== '6217000000000000004') throw new Error('another card');
      } else {
        const answer = await client.verify({ cardNumber: card, name, idNumber: id });
        if (answer.outcome !== 'match') throw new Error('no match');
      }
    };
  },
};

async function everything(one, count) {
  const share = async () => {
    for (let made = 0; made < Math.floor(count / inFlight); made++) await one();
  };
  await Promise.all(Array.from({ length: inFlight }, share));
}

async function main() {
  const one = faces[face]();
  await everything(one, warmUp);
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await everything(one, calls);
  const used = process.cpuUsage(cpu);
  const report = {
    cpu_ms: (used.user + used.system) / 1e3 / calls,
    calls_per_s: calls / ((performance.now() - wall) / 1e3),
    rss_kib: Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]),
    start_ms: startMs,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
