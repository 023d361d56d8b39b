'use strict';

// What the journal says of orders, with and without a client.

const { inspect } = require('node:util');
const read = require('./arguments.js');
const { Orders } = require('./calls.js');
const { disposable } = require('./disposable.js');
const { CardwireError } = require('./errors.js');

/** The questions, asked of `orders`. */
const questions = {
  list(orders, filter) {
    const wanted = read.orderFilter(filter);
    return orders.ask((native, id) => native.list(id, wanted));
  },

  unknown(orders) {
    return orders.ask((native, id) => native.list(id));
  },

  find(orders, orderId) {
    const order = read.text('orderId', orderId);
    return orders.ask((native, id) => native.find(id, order));
  },

  export(orders, path, filter) {
    const file = read.filePath('path', path);
    const wanted = read.orderFilter(filter);
    return orders.ask((native, id) => native.export(id, wanted, file));
  },

  prune(orders, beforeMs) {
    const moment = read.moment('beforeMs', beforeMs);
    return orders.ask((native, id) => native.prune(id, moment));
  },

  async reconcile(orders, orderId, note) {
    const order = read.text('orderId', orderId);
    const noted = read.text('note', note);
    await orders.ask((native, id) => native.reconcile(id, order, noted));
  },
};

const OPENING = Symbol('opening');

class Journal {
  #orders;

  constructor(key, orders) {
    if (key !== OPENING) throw new TypeError('a journal is opened with Journal.open(path)');
    this.#orders = orders;
  }

  static async open(path) {
    return new Journal(OPENING, await Orders.open(read.filePath('path', path)));
  }

  async orders(filter = undefined) {
    return questions.list(this.#opened(), filter);
  }

  async unknownOrders() {
    return questions.unknown(this.#opened());
  }

  async findOrder(orderId) {
    return questions.find(this.#opened(), orderId);
  }

  async exportOrders(path, filter = undefined) {
    return questions.export(this.#opened(), path, filter);
  }

  async pruneOrders(beforeMs) {
    return questions.prune(this.#opened(), beforeMs);
  }

  async reconcileOrder(orderId, note) {
    return questions.reconcile(this.#opened(), orderId, note);
  }

  close() {
    this.#orders?.close();
    this.#orders = undefined;
  }

  #opened() {
    if (!this.#orders) throw new CardwireError('the journal was closed', { kind: 'closed' });
    return this.#orders;
  }

  [inspect.custom]() {
    return 'Journal {}';
  }
}

disposable(Journal);

module.exports = { Journal, questions };
