'use strict';

const { inspect } = require('node:util');
const native = require('./lib/native.js');
const read = require('./lib/arguments.js');
const { Handle } = require('./lib/calls.js');
const { disposable } = require('./lib/disposable.js');
const { CardwireError, errorOf, settled } = require('./lib/errors.js');
const { CardLookup, Order, Recognition, Verification } = require('./lib/results.js');

// What not every program uses is loaded when it is used.
const batches = () => require('./lib/batch.js');
const journal = () => require('./lib/orders.js');

class Client {
  #handle;

  constructor(config, options = undefined) {
    const { onEvent, providers } = read.clientOptions(options);
    this.#handle = new Handle(read.configuration(config), onEvent, providers, settled);
  }

  async recognize(image, options = undefined) {
    const given = read.callOptions(options);
    // What is in memory is taken over before this gives a promise.
    const start = read.image(image, (ended) => this.#handle.onEnd(given.signal, ended));
    const answer = await this.#handle.call(given, typeof start === 'function' ? start : await start);
    return new Recognition(answer.read(given.signal), answer);
  }

  async verify(cardholder, options = undefined) {
    const given = read.callOptions(options);
    const answer = await this.#handle.call(given, verifying(cardholder));
    return new Verification(answer.read(given.signal), answer);
  }

  async lookupCard(cardNumber, options = undefined) {
    const given = read.callOptions(options);
    const number = read.text('cardNumber', cardNumber);
    const start = (library, client, call, options) => library.lookupCard(client, call, options, number);
    const answer = await this.#handle.call(given, start);
    return new CardLookup(answer.read(given.signal), answer);
  }

  lookupIssuer(cardNumber) {
    return settled(this.#handle.lookupIssuer(read.text('cardNumber', cardNumber)));
  }

  async fetchOrder(orderId, options = undefined) {
    const given = read.fetchOptions(options);
    const order = read.text('orderId', orderId);
    const start = (library, client, call, options) => library.fetchOrder(client, call, options, order);
    const answer = await this.#handle.call(given, start);
    return new Order(answer.read(given.signal), answer);
  }

  recognizeMany(images, options = undefined) {
    const begin = (library, ...batch) => library.recognizeMany(...batch);
    return this.#many(begin, 'images', images, options, read.image, Recognition);
  }

  verifyMany(cardholders, options = undefined) {
    const begin = (library, ...batch) => library.verifyMany(...batch);
    return this.#many(begin, 'cardholders', cardholders, options, verifying, Verification);
  }

  health() {
    return settled(this.#handle.health());
  }

  async orders(filter = undefined) {
    return journal().questions.list(this.#handle.orders(), filter);
  }

  async unknownOrders() {
    return journal().questions.unknown(this.#handle.orders());
  }

  async findOrder(orderId) {
    return journal().questions.find(this.#handle.orders(), orderId);
  }

  async exportOrders(path, filter = undefined) {
    return journal().questions.export(this.#handle.orders(), path, filter);
  }

  async pruneOrders(beforeMs) {
    return journal().questions.prune(this.#handle.orders(), beforeMs);
  }

  async reconcileOrder(orderId, note) {
    return journal().questions.reconcile(this.#handle.orders(), orderId, note);
  }

  close() {
    this.#handle.close();
  }

  /** `begin(library, client, batch, options, concurrency)` makes a batch of the native half. */
  #many(begin, name, inputs, options, starting, Type) {
    const settings = read.batchOptions(options);
    const taken = read.inputs(name, inputs);
    const { signal } = settings;
    const onEnd = (ended) => this.#handle.onEnd(signal, ended);
    const start = (input) => starting(input, onEnd);
    return batches().batch(() => this.#handle.batch(settings, begin), taken, signal, start, Type);
  }

  [inspect.custom]() {
    return 'Client {}';
  }
}

disposable(Client);

function verifying(cardholder) {
  const { cardNumber, name, idNumber, phone } = read.cardholder(cardholder);
  return (target, ...call) => target.verify(...call, cardNumber, name, idNumber, phone);
}

function checkCardNumber(cardNumber) {
  return settled(native.checkCardNumber(read.text('cardNumber', cardNumber)));
}

function checkIdNumber(idNumber) {
  return settled(native.checkIdNumber(read.text('idNumber', idNumber)));
}

function checkImage(image, options = undefined) {
  const { look } = read.checkOptions(options);
  return look ? lookAtImage(image) : imageCheck(native.checkImage(read.imageBytes(image)));
}

async function lookAtImage(image) {
  return imageCheck(await native.lookAtImage(read.imageBytes(image)));
}

function imageCheck(answer) {
  const [check, refusals] = settled(answer);
  const vendors = check.vendors.map(({ vendor }, index) => {
    const refusal = refusals[index];
    return Object.freeze({ vendor, error: refusal && errorOf(refusal) });
  });
  return Object.freeze({ ...check, vendors: Object.freeze(vendors) });
}

module.exports = {
  CardwireError,
  Client,
  get Journal() {
    return journal().Journal;
  },
  checkCardNumber,
  checkIdNumber,
  checkImage,
  version: native.version(),
};
