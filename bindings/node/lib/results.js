'use strict';

const { inspect } = require('node:util');
const { camelCase } = require('./documents.js');

/** Text that `inspect` shows without quotes. */
class Shown {
  #text;

  constructor(text) {
    this.#text = text;
  }

  [inspect.custom]() {
    return this.#text;
  }
}

/** The first six and last four digits, the most that PCI DSS 3.4.1 allows on a display. */
function masked(cardNumber) {
  return cardNumber.slice(0, 6) + '*'.repeat(Math.max(0, cardNumber.length - 10)) + cardNumber.slice(-4);
}

class Result {
  #bytes;
  #raw;

  constructor(document, bytes) {
    const { raw, ...photos } = bytes;
    for (const [name, value] of Object.entries(document)) {
      if (name !== 'raw') this[name] = value;
    }
    for (const [name, photo] of Object.entries(photos)) this[camelCase(name)] = photo;
    this.#bytes = raw;
    Object.freeze(this);
  }

  get rawBytes() {
    return this.#bytes;
  }

  get raw() {
    if (this.#raw === undefined) {
      const text = this.#bytes.toString('utf8');
      try {
        this.#raw = JSON.parse(text);
      } catch {
        this.#raw = text;
      }
    }
    return this.#raw;
  }

  toJSON() {
    const document = {};
    for (const [name, value] of Object.entries(this)) {
      document[name] = Buffer.isBuffer(value) ? value.toString('base64') : value;
    }
    return { ...document, raw: this.raw };
  }

  [inspect.custom](depth, options, show) {
    const { name } = this.constructor;
    if (depth < 0) return `[${name}]`;
    const shown = {};
    for (const [field, value] of Object.entries(this)) {
      if (Buffer.isBuffer(value)) shown[field] = new Shown(`[${value.length} bytes]`);
      else if (field === 'cardNumber' && value !== null) shown[field] = masked(value);
      else if (field === 'description') shown[field] = new Shown('[hidden]');
      else shown[field] = value;
    }
    shown.raw = new Shown(`[${this.#bytes.length} bytes]`);
    return `${name} ${show(shown, options)}`;
  }
}

class CardResult extends Result {
  get maskedCardNumber() {
    return this.cardNumber === null ? null : masked(this.cardNumber);
  }
}

class Recognition extends CardResult {}
class Order extends CardResult {}
class Verification extends Result {}
class CardLookup extends Result {}

module.exports = { CardLookup, Order, Recognition, Verification };
