// Reads a card photo: node demo.js CONFIG_JSON_FILE PHOTO.
const { readFileSync } = require('node:fs');
const { Client } = require('cardwire');

async function main([config, photo]) {
  const client = new Client(readFileSync(config, 'utf8'));
  const card = await client.recognize(photo, { vendor: 'aliyun_bankocr' });
  const { vendor, maskedCardNumber, issuer, billed, orderId, attempts } = card;
  const milliseconds = attempts.reduce((sum, attempt) => sum + attempt.milliseconds, 0);
  const { outcome } = attempts.at(-1);
  const row = { language: 'Node', vendor, operation: 'recognize', card: maskedCardNumber, issuer };
  console.log(JSON.stringify({ ...row, outcome, billed, order_id: orderId, milliseconds }));
}

main(process.argv.slice(2));
