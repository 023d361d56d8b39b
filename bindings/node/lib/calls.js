'use strict';

// The calls in flight of this environment, and what the native half says about them.

const { clearInterval, setInterval } = require('node:timers');
const native = require('./native.js');
const { CardwireError, errorOf } = require('./errors.js');
const { parsed } = require('./documents.js');

/** The topics of messages, as the native half numbers them. */
const RESULT = 0;
const EVENT = 2;

/** The longest interval there is: the timer is only there to be waited for. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

/** By call. An entry holds its client or journal, so that one with calls in flight is not collected. */
const pending = new Map();
const clients = new Map();
let keepAlive;
let lastCall = 0;
let lastClient = 0;

const library = new native.Library((topic, id, json, bytes) => {
  if (topic === EVENT) return tell(clients.get(id)?.deref(), json);
  const entry = pending.get(id);
  if (entry) {
    end(id);
    entry.resolve({ topic, json, bytes });
  }
});

const collected = new FinalizationRegistry((id) => {
  clients.delete(id);
  library.forget(id);
});

function tell(client, json) {
  if (!client) return;
  try {
    client.onEvent(parsed(json));
  } catch (error) {
    // As with any listener: what it throws is the process's uncaught exception, not the call's.
    queueMicrotask(() => {
      throw error;
    });
  }
}

function begin(id, entry) {
  // The process waits for calls in flight, and not for a client without any.
  if (pending.size === 0) keepAlive = setInterval(() => {}, LONGEST_INTERVAL_MS);
  pending.set(id, entry);
}

function end(id) {
  pending.delete(id);
  if (pending.size === 0) clearInterval(keepAlive);
}

/** A client of the native half; it lives as long as this object. */
class Handle {
  constructor(config, onEvent, settled) {
    this.id = ++lastClient;
    this.onEvent = onEvent;
    settled(library.open(this.id, config, onEvent !== undefined));
    clients.set(this.id, new WeakRef(this));
    collected.register(this, this.id);
  }

  close() {
    library.close(this.id);
  }

  /**
   * Makes a call. `start(library, call)` hands it to the native half; `Type` is the class of its
   * result. `cancellation` may be shared with other calls, in which case nobody listens to a signal.
   */
  async call(options, start, Type, cancellation) {
    const { vendors, orderId, userId, timeoutMs, signal } = options;
    let listener;
    let own = cancellation;
    if (!own && signal) {
      own = new native.Cancellation();
      if (signal.aborted) own.cancel();
      listener = () => own.cancel();
      signal.addEventListener('abort', listener, { once: true });
    }
    try {
      const { topic, json, bytes } = await this.#started(start, (id) => {
        return new native.Call(this.id, id, vendors, orderId, userId, timeoutMs, own);
      });
      const document = parsed(json);
      if (topic === RESULT) return new Type(document, bytes);
      const cancelled = document.kind === 'cancelled' && signal?.aborted;
      throw errorOf(document, cancelled ? { cause: signal.reason } : undefined);
    } finally {
      if (listener) signal.removeEventListener('abort', listener);
    }
  }

  /** The orders of its journal. */
  orders() {
    return new Orders(this, library.orders(this.id));
  }

  #started(start, makeCall) {
    return begun(this, (id) => start(library, makeCall(id)));
  }
}

/** What ends the call that `start(id)` starts. `owner` is held until then. */
function begun(owner, start) {
  lastCall = (lastCall + 1) >>> 0;
  const id = lastCall;
  return new Promise((resolve, reject) => {
    begin(id, { owner, resolve });
    try {
      start(id);
    } catch (cause) {
      end(id);
      reject(new CardwireError('the native half refused the call', { kind: 'internal' }, { cause }));
    }
  });
}

/** The orders of a journal: what its questions answer. */
class Orders {
  #owner;
  #native;

  constructor(owner, native) {
    this.#owner = owner;
    this.#native = native;
  }

  /** Those of a file. */
  static async open(path) {
    const orders = new Orders(undefined, library.journal());
    await orders.ask((native, id) => native.open(id, path));
    return orders;
  }

  /** Asks the native half: `ask(native, id)`. */
  async ask(ask) {
    const { topic, json } = await begun(this.#owner ?? this, (id) => ask(this.#native, id));
    const document = parsed(json);
    if (topic === RESULT) return document;
    throw errorOf(document);
  }

  close() {
    this.#native.close();
  }
}

module.exports = { Handle, Orders };
