// Reads a card or verifies its holder: node demo.js CONFIG_JSON_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]...
const { readFileSync } = require('node:fs');
const { Client } = require('cardwire');

const holder = { cardNumber: '6222020000000000000', name: '张三', idNumber: '110101190001010014' };

async function main([config, photo, ...calls]) {
  const client = new Client(readFileSync(config, 'utf8'));
  while (calls.length > 0) {
    const [operation, names] = calls.splice(0, 2);
    const [reads, vendors] = [operation === 'recognize', names.split(',')];
    const answer = await (reads ? client.recognize(photo, { vendors }) : client.verify(holder, { vendors }));
    const { maskedCardNumber: card = '622202*********0000', issuer, outcome = 'ok', billed, orderId } = answer;
    const milliseconds = answer.attempts.reduce((sum, attempt) => sum + attempt.milliseconds, 0);
    const row = { language: 'Node', vendor: answer.vendor, operation, card, issuer, outcome, billed };
    console.log(JSON.stringify({ ...row, order_id: orderId, milliseconds }));
  }
}

main(process.argv.slice(2));
