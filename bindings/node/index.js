'use strict';

const { inspect } = require('node:util');
const native = require('./lib/native.js');
const read = require('./lib/arguments.js');
const { batch } = require('./lib/batch.js');
const { Handle } = require('./lib/calls.js');
const { CardwireError, errorOf, settled } = require('./lib/errors.js');
const { Journal, questions } = require('./lib/orders.js');
const { CardLookup, Order, Recognition, Verification } = require('./lib/results.js');

class Client {
  #handle;

  constructor(config, options = undefined) {
    const { onEvent } = read.clientOptions(options);
    this.#handle = new Handle(read.configuration(config), onEvent, settled);
  }

  async recognize(image, options = undefined) {
    return this.#handle.call(read.callOptions(options), read.image(image), Recognition);
  }

  async verify(cardholder, options = undefined) {
    const start = verifying(cardholder);
    return this.#handle.call(read.callOptions(options), start, Verification);
  }

  async lookupCard(cardNumber, options = undefined) {
    const number = read.text('cardNumber', cardNumber);
    const start = (library, call) => library.lookupCard(call, number);
    return this.#handle.call(read.callOptions(options), start, CardLookup);
  }

  async fetchOrder(orderId, options = undefined) {
    const order = read.text('orderId', orderId);
    const start = (library, call) => library.fetchOrder(call, order);
    return this.#handle.call(read.fetchOptions(options), start, Order);
  }

  recognizeMany(images, options = undefined) {
    return this.#many('images', images, options, read.image, Recognition);
  }

  verifyMany(cardholders, options = undefined) {
    return this.#many('cardholders', cardholders, options, verifying, Verification);
  }

  async orders(filter = undefined) {
    return questions.list(this.#handle.orders(), filter);
  }

  async unknownOrders() {
    return questions.unknown(this.#handle.orders());
  }

  async findOrder(orderId) {
    return questions.find(this.#handle.orders(), orderId);
  }

  async reconcileOrder(orderId, note) {
    return questions.reconcile(this.#handle.orders(), orderId, note);
  }

  close() {
    this.#handle.close();
  }

  #many(name, inputs, options, starting, Type) {
    const settings = read.batchOptions(options);
    const handle = this.#handle;
    const run = async (input, cancellation) => {
      return handle.call(settings, starting(input), Type, cancellation);
    };
    return batch(read.inputs(name, inputs), run, settings);
  }

  [inspect.custom]() {
    return 'Client {}';
  }
}

// Node 18 before 18.18 has no `using` and no symbol for it.
if (Symbol.dispose) {
  for (const { prototype } of [Client, Journal]) {
    Object.defineProperty(prototype, Symbol.dispose, {
      value() {
        this.close();
      },
      configurable: true,
      writable: true,
    });
  }
}

function verifying(cardholder) {
  const { cardNumber, name, idNumber, phone } = read.cardholder(cardholder);
  return (library, call) => library.verify(call, cardNumber, name, idNumber, phone);
}

function checkCardNumber(cardNumber) {
  return settled(native.checkCardNumber(read.text('cardNumber', cardNumber)));
}

function checkIdNumber(idNumber) {
  return settled(native.checkIdNumber(read.text('idNumber', idNumber)));
}

function checkImage(image) {
  const check = settled(native.checkImage(read.imageBytes(image)));
  const vendors = check.vendors.map(({ vendor, error }) => {
    return Object.freeze({ vendor, error: error && errorOf(error) });
  });
  return Object.freeze({ ...check, vendors: Object.freeze(vendors) });
}

const { version } = JSON.parse(native.contract());

module.exports = {
  CardwireError,
  Client,
  Journal,
  checkCardNumber,
  checkIdNumber,
  checkImage,
  version,
};
