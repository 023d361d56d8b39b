'use strict';

// A client that asks nobody: each call is one of a real client, which is ended when everything but the sending is done.

const { inspect } = require('node:util');
const { Client } = require('../index.js');
const read = require('./arguments.js');
const contract = require('./contract.js');
const { CardwireError } = require('./errors.js');
const { withFacts } = require('./made.js');
const { CardLookup, Order, Recognition, Verification } = require('./results.js');
const { className } = require('./values.js');

/** What the provider of a scripted client throws: the call passed every check. */
const STOP = new Error('the script answers');
const providers = { script: () => Promise.reject(STOP) };

const OPERATIONS = new Map([
  [Recognition, 'recognize'],
  [Verification, 'verify'],
  [CardLookup, 'lookup_card'],
  [Order, 'fetch_order'],
]);

class ScriptError extends Error {}

Object.defineProperty(ScriptError.prototype, 'name', {
  value: 'ScriptError',
  configurable: true,
  writable: true,
});

const PERSONAL = ['image', 'cardNumber', 'name', 'idNumber', 'phone'];

/** A call that was answered from a script, whose personal values are not shown. */
class ScriptedCall {
  constructor(values) {
    Object.assign(this, values);
    Object.freeze(this);
  }

  [inspect.custom](depth, options, show) {
    const shown = { ...this };
    for (const name of PERSONAL) if (shown[name] !== undefined) shown[name] = '***';
    return `ScriptedCall ${show(shown, options)}`;
  }
}

const entries = new Map();

/** Returns a vendor's entry with the fewest keys, each of which core names as missing. */
function entryOf(vendor) {
  if (entries.has(vendor)) return entries.get(vendor);
  const entry = { vendor };
  for (;;) {
    try {
      new Client({ vendors: [entry] }, { providers }).close();
      break;
    } catch (error) {
      const [, key] = /^vendors\[0\]\.(\w+): /.exec(error.message) ?? [];
      if (error.kind !== 'invalid_config' || key === undefined || entry[key] === 'script') throw error;
      // What is no secret is a text, such as an app_id.
      entry[key] = key in entry ? 'script' : { provider: 'script' };
    }
  }
  entries.set(vendor, entry);
  return entry;
}

function configOf(accounts) {
  const vendors = contract.vendors.map(({ vendor }) => entryOf(vendor));
  for (const [name, vendor] of Object.entries(accounts)) vendors.push({ ...entryOf(vendor), name });
  return { vendors };
}

class ScriptedClient extends Client {
  #answers;
  #calls = [];
  /** Is kept when every call that began has its answer. */
  #turn = Promise.resolve();

  constructor(answers, { accounts = {} } = {}) {
    super(configOf(accounts), { providers });
    this.#answers = [...answers];
    for (const answer of this.#answers) {
      if (OPERATIONS.has(answer?.constructor) || answer instanceof CardwireError) continue;
      throw new TypeError(`a script holds results and errors, not ${className(answer)}`);
    }
  }

  get calls() {
    return Object.freeze([...this.#calls]);
  }

  get remaining() {
    return this.#answers.length;
  }

  recognize(image, options = undefined) {
    return this.#answered('recognize', () => ({ image }), options, super.recognize(image, options));
  }

  verify(cardholder, options = undefined) {
    return this.#answered('verify', () => cardholder, options, super.verify(cardholder, options));
  }

  lookupCard(cardNumber, options = undefined) {
    return this.#answered('lookup_card', () => ({ cardNumber }), options, super.lookupCard(cardNumber, options));
  }

  fetchOrder(orderId, options = undefined) {
    return this.#answered('fetch_order', () => ({}), options, super.fetchOrder(orderId, options));
  }

  recognizeMany(images, options = undefined) {
    const begin = (...given) => super.recognizeMany(...given);
    return this.#many('recognize', (image) => ({ image }), images, options, begin);
  }

  verifyMany(cardholders, options = undefined) {
    const begin = (...given) => super.verifyMany(...given);
    return this.#many('verify', (cardholder) => cardholder, cardholders, options, begin);
  }

  async #answered(operation, values, options, ended) {
    // Answers go to calls in the order in which they began, and a call may end before an earlier one.
    const end = ended.catch((error) => error);
    this.#turn = Promise.all([end, this.#turn]).then(([own]) => own);
    const ownEnd = await this.#turn;
    const { reference, userId } = options ?? {};
    const answer = this.#answer(operation, () => ({ ...values(), reference, userId }), ownEnd);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** Returns the next answer to a call that ended so, or what ended it where it was refused or cancelled. */
  #answer(operation, values, end) {
    if (end instanceof Error && !isOver(end)) return end;
    const asked = `call ${this.#calls.length + 1}, ${operation}, has no answer:`;
    if (this.#answers.length === 0) return new ScriptError(`${asked} the script is at its end`);
    const fitting = OPERATIONS.get(this.#answers[0].constructor) ?? operation;
    if (fitting !== operation) return new ScriptError(`${asked} the next one is of ${fitting}`);
    const { vendor, account, orderId } = end;
    this.#calls.push(new ScriptedCall({ operation, vendor, account, orderId, ...values() }));
    return filled(this.#answers.shift(), { vendor, account, orderId });
  }

  /** Works through a batch one input at a time, so that the inputs have their answers in their order. */
  #many(operation, values, inputs, options, begin) {
    read.batchOptions(options);
    const taken = [];
    const results = begin(noted(inputs, taken), { ...options, concurrency: 1 });
    const answer = (index, end) => {
      const callValues = () => {
        const { input, reference } = read.batchInput(taken[index]);
        return { ...values(input), reference, userId: options?.userId };
      };
      return this.#answer(operation, callValues, end);
    };
    return answered(results, answer);
  }
}

/** Returns an answer with what it does not say of its call: vendor, account, order number and attempt. */
function filled(answer, call) {
  const vendor = answer.vendor ?? call.vendor;
  const account = answer.account ?? (vendor === call.vendor ? call.account : vendor);
  const orderId = answer.orderId ?? call.orderId;
  const { sent, billed } = vendor === 'offline' ? { sent: 'no', billed: 'no' } : answer;
  let { attempts } = answer;
  const isError = answer instanceof CardwireError;
  if (attempts.length === 0 && vendor !== null && orderId !== null && !(isError && sent === 'no')) {
    const outcome = isError ? answer.kind : 'ok';
    const vendorCode = answer.vendorCode || null;
    attempts = [{ vendor, account, outcome, orderId, vendorCode, sent, billed, milliseconds: 0 }];
  }
  return withFacts(answer, { vendor, account, orderId, sent, billed, attempts });
}

/** Gives the items of a batch with the answers of a script. */
async function* answered(results, answer) {
  for await (const { index, result, error } of results) {
    const given = answer(index, error ?? result);
    if (given instanceof ScriptError) throw given;
    const isError = given instanceof Error;
    yield Object.freeze({ index, result: isError ? null : given, error: isError ? given : null });
  }
}

/** Returns whether a call came to the end at which the script answers. */
function isOver({ kind, vendor, cause }) {
  return cause === STOP || (vendor === 'offline' && ['card_not_found', 'image_rejected'].includes(kind));
}

/** Returns the inputs, each noted in `taken` as it is taken. What is no iterable stays as it is, to be refused. */
function noted(inputs, taken) {
  const note = (input) => {
    taken.push(input);
    return input;
  };
  if (typeof inputs?.[Symbol.asyncIterator] === 'function') {
    return (async function* () {
      for await (const input of inputs) yield note(input);
    })();
  }
  if (typeof inputs?.[Symbol.iterator] !== 'function' || typeof inputs === 'string') return inputs;
  return (function* () {
    for (const input of inputs) yield note(input);
  })();
}

module.exports = { ScriptError, ScriptedCall, ScriptedClient };
