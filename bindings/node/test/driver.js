'use strict';

// Lets `cardwire-conformance` run its cases through this package: a request a line with fields
// separated by tabs, an answer a line. With --render it answers with everything that Node shows of a
// result, an error or an event, which is what ends in logs, and then `done`.

const { readFileSync } = require('node:fs');
const readline = require('node:readline');
const { inspect } = require('node:util');
const { CardwireError, Client } = require('cardwire');

const rendering = process.argv.includes('--render');
let client;

function options({ vendor, order_id: orderId, user_id: userId, timeout_ms: timeoutMs, cancel_ms: cancelMs }) {
  const signal = cancelMs === undefined ? undefined : AbortSignal.timeout(Number(cancelMs));
  const given = { vendors: vendor?.split(','), orderId, userId, signal };
  return { ...given, timeoutMs: timeoutMs === undefined ? undefined : Number(timeoutMs) };
}

/** An address as it stands, where `new URL` would refuse or rewrite it. */
function address(href) {
  return { href, protocol: href.slice(0, href.indexOf(':') + 1) };
}

const operations = {
  recognize: (given) => client.recognize(given.file ?? address(given.url), options(given)),
  verify(given) {
    const { card_number: cardNumber, name, id_number: idNumber, phone } = given;
    return client.verify({ cardNumber, name, idNumber, phone }, options(given));
  },
  lookup_card: (given) => client.lookupCard(given.card_number, options(given)),
  fetch_order(given) {
    const { vendors, timeoutMs } = options(given);
    return client.fetchOrder(given.order_id, { vendors, timeoutMs });
  },
};

/** The error's document, with its number and argument named as in the other languages. */
function errorDocument(error) {
  if (!(error instanceof CardwireError)) throw error;
  const argument = error.argument?.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) ?? null;
  return { ...error.toJSON(), number: error.code, argument };
}

async function answer(line) {
  const [word, ...fields] = line.split('\t');
  const given = Object.fromEntries(fields.map((field) => {
    const at = field.indexOf('=');
    return [field.slice(0, at), field.slice(at + 1)];
  }));
  if (word === 'open') {
    client?.close();
    client = undefined;
    client = new Client(readFileSync(given.config, 'utf8'), rendering ? { onEvent: show } : {});
    return 'opened';
  }
  if (rendering) return rendered(word, given);
  return operations[word](given).then(
    (result) => `ok\t${JSON.stringify(result)}`,
    (error) => `error\t${JSON.stringify(errorDocument(error))}`,
  );
}

function show(value) {
  process.stdout.write(`${inspect(value)} ${inspect(value, { depth: null, showHidden: true })}\n${value}\n`);
}

function showError(error) {
  show(error);
  process.stdout.write(`${error.stack} ${error.message} ${JSON.stringify(error)} ${inspect(error.cause)}\n`);
  console.error(error);
}

async function rendered(word, given) {
  if (word === 'leak') {
    const content = readFileSync(given.file);
    process.stdout.write(content);
    process.stderr.write(content);
    return '';
  }
  if (word === 'fail') throw new Error(given.text);
  show(await operations[word](given));
  return '';
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (!rendering) {
      process.stdout.write(`${await answer(line)}\n`);
      continue;
    }
    try {
      await answer(line);
    } catch (error) {
      if (line.endsWith('uncaught=1')) {
        process.stdout.write(`${JSON.stringify(process.report.getReport(error))}\n`);
        throw error;
      }
      showError(error);
    }
    process.stdout.write('\ndone\n');
  }
}

main();
