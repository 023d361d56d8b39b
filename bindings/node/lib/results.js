'use strict';

const { inspect, types } = require('node:util');
const { frozenList } = require('./documents.js');

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
  #from;
  #to;
  #raw;

  /** Each class adds its own fields, always in one order, and freezes the result. */
  constructor(document, { bytes, from, to }) {
    this.vendor = document.vendor;
    this.account = document.account;
    this.orderId = document.orderId;
    this.requestId = document.requestId;
    this.gatewayRequestId = document.gatewayRequestId;
    this.transactionTime = document.transactionTime;
    this.sent = document.sent;
    this.billed = document.billed;
    this.attempts = frozenList(document.attempts);
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  get rawBytes() {
    // What is beside the answers of other calls is taken out when it is asked for.
    if (this.#from >= 0) {
      const own = Buffer.allocUnsafeSlow(this.#to - this.#from);
      this.#bytes.copy(own, 0, this.#from, this.#to);
      this.#bytes = own;
      this.#from = -1;
    }
    return this.#bytes;
  }

  get raw() {
    if (this.#raw === undefined) {
      const text = this.rawBytes.toString('utf8');
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
      document[name] = types.isUint8Array(value) ? value.toString('base64') : value;
    }
    return { ...document, raw: this.raw };
  }

  [inspect.custom](depth, options, show) {
    const { name } = this.constructor;
    if (depth < 0) return `[${name}]`;
    const shown = {};
    for (const [field, value] of Object.entries(this)) {
      if (types.isUint8Array(value)) shown[field] = new Shown(`[${value.length} bytes]`);
      else if (field === 'cardNumber' && value !== null) shown[field] = masked(value);
      else if (field === 'description') shown[field] = new Shown('[hidden]');
      else shown[field] = value;
    }
    shown.raw = new Shown(`[${this.rawBytes.length} bytes]`);
    return `${name} ${show(shown, options)}`;
  }
}

class CardResult extends Result {
  constructor(document, answer) {
    super(document, answer);
    this.cardNumber = document.cardNumber;
    this.validThru = Object.freeze(document.validThru);
    this.clarity = document.clarity;
    this.warnings = frozenList(document.warnings);
    this.numberPhoto = answer.photo('numberPhoto');
  }

  get maskedCardNumber() {
    return this.cardNumber === null ? null : masked(this.cardNumber);
  }
}

class Recognition extends CardResult {
  constructor(document, answer) {
    super(document, answer);
    this.issuer = document.issuer;
    this.cardName = document.cardName;
    this.cardKind = document.cardKind;
    Object.freeze(this);
  }
}

class Order extends CardResult {
  constructor(document, answer) {
    super(document, answer);
    this.originalPhoto = answer.photo('originalPhoto');
    this.cardPhoto = answer.photo('cardPhoto');
    this.operatedAt = document.operatedAt;
    Object.freeze(this);
  }
}

class Verification extends Result {
  constructor(document, answer) {
    super(document, answer);
    this.outcome = document.outcome;
    this.reason = document.reason;
    this.vendorCode = document.vendorCode;
    this.description = document.description;
    Object.freeze(this);
  }
}

class CardLookup extends Result {
  constructor(document, answer) {
    super(document, answer);
    this.found = document.found;
    this.reason = document.reason;
    this.issuer = document.issuer;
    this.cardKind = document.cardKind;
    this.vendorCode = document.vendorCode;
    this.description = document.description;
    Object.freeze(this);
  }
}

module.exports = { CardLookup, Order, Recognition, Verification };
