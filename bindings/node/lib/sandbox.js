'use strict';

// The sandbox as a process of a test's own.

const { spawn } = require('node:child_process');
const { request } = require('node:http');
const path = require('node:path');
const readline = require('node:readline');

class SandboxError extends Error {}

Object.defineProperty(SandboxError.prototype, 'name', {
  value: 'SandboxError',
  configurable: true,
  writable: true,
});

/** Returns the program and the first of its arguments: that of this package, or what CARDWIRE_SANDBOX names. */
function program() {
  const { CARDWIRE_SANDBOX: named } = process.env;
  if (named) return [named, []];
  return [process.execPath, [path.join(__dirname, '..', 'bin', 'cardwire.js'), 'sandbox']];
}

class Sandbox {
  #options;
  #process;
  #config;
  #adminUrl;

  constructor(...options) {
    this.#options = options;
  }

  async start() {
    if (this.#process) throw new SandboxError('the sandbox was started already');
    const [command, first] = program();
    const child = spawn(command, [...first, '--exit-with-stdin', ...this.#options], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process = child;
    try {
      await this.#hear(child);
    } catch (cause) {
      this.#process = undefined;
      child.kill('SIGKILL');
      child.stdin.destroy();
      child.stdout.destroy();
      throw new SandboxError(`the sandbox did not start: ${cause.message}`, { cause });
    }
    // A test that forgets to stop it ends all the same, and with it the sandbox.
    child.unref();
    child.stdin.unref();
    child.stdout.unref();
    return this;
  }

  /** Reads the configuration and the address that the process prints first. */
  async #hear(child) {
    const failed = new Promise((_, reject) => child.once('error', reject));
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const config = await Promise.race([lines.next(), failed]);
    const admin = await lines.next();
    if (config.done || admin.done) throw new Error('its options were refused, or it could not open its ports');
    const [, address] = /^admin (http:.+)/.exec(admin.value) ?? [];
    if (address === undefined) throw new Error('it printed no address of an admin interface');
    try {
      this.#config = JSON.parse(config.value);
    } catch (cause) {
      throw new Error('its first line is no JSON', { cause });
    }
    this.#adminUrl = address;
  }

  async stop() {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await ended;
  }

  get config() {
    this.#started();
    return structuredClone(this.#config);
  }

  get adminUrl() {
    this.#started();
    return this.#adminUrl;
  }

  configFor(vendors, keys = {}) {
    const { config } = this;
    const entries = new Map(config.vendors.map((entry) => [entry.vendor, entry]));
    const chosen = vendors.map((vendor) => entries.get(vendor) ?? this.#unknown(vendor, entries.keys()));
    return { ...config, vendors: chosen, ...keys };
  }

  async script(vendor, { operation = 'any', times = 1, skip = 0, ...parts } = {}) {
    if (typeof parts.fault === 'string') parts.fault = { kind: parts.fault };
    await this.#ask('POST', '/script', { vendor, operation, times, skip, do: parts });
  }

  ledger(vendor = undefined) {
    return this.#ask('GET', vendor === undefined ? '/ledger' : `/ledger?vendor=${encodeURIComponent(vendor)}`);
  }

  async counts(vendor = undefined) {
    const counts = await this.#ask('GET', '/counts');
    if (vendor === undefined) return counts;
    return Object.hasOwn(counts, vendor) ? counts[vendor] : this.#unknown(vendor, Object.keys(counts));
  }

  async billed() {
    return Object.values(await this.counts()).reduce((sum, { billed }) => sum + billed, 0);
  }

  settings(changes = {}) {
    return this.#ask('POST', '/settings', changes);
  }

  cardPhoto(facts = {}) {
    return this.#send('POST', '/photo', facts);
  }

  async reset() {
    await this.#ask('POST', '/reset', {});
  }

  #unknown(vendor, vendors) {
    throw new SandboxError(`the sandbox has no vendor ${JSON.stringify(vendor)}: it has ${[...vendors].join(', ')}`);
  }

  #started() {
    if (!this.#process) throw new SandboxError('the sandbox is not running');
  }

  async #ask(method, path, document) {
    return JSON.parse((await this.#send(method, path, document)).toString());
  }

  async #send(method, path, document) {
    const { status, content } = await this.#answer(method, path, document);
    if (status !== 200) throw new SandboxError(JSON.parse(content.toString()).error);
    return content;
  }

  // Not `fetch`: test frameworks replace it, and its connections stay open behind the test.
  #answer(method, path, document) {
    return new Promise((resolve, reject) => {
      const asked = request(new URL(path, this.adminUrl), { method, agent: false }, async (answer) => {
        try {
          resolve({ status: answer.statusCode, content: Buffer.concat(await answer.toArray()) });
        } catch (error) {
          reject(error);
        }
      });
      asked.on('error', (cause) => reject(new SandboxError('the sandbox does not answer', { cause })));
      asked.end(document === undefined ? undefined : JSON.stringify(document));
    });
  }
}

// Node 18 before 18.18 has no `await using` and no symbol for it.
if (Symbol.asyncDispose) {
  Object.defineProperty(Sandbox.prototype, Symbol.asyncDispose, {
    value() {
      return this.stop();
    },
    configurable: true,
    writable: true,
  });
}

function startSandbox(...options) {
  return new Sandbox(...options).start();
}

function useSandbox(hooks = globalThis, ...options) {
  const { before = hooks.beforeAll, beforeEach, after = hooks.afterAll } = hooks;
  if (![before, beforeEach, after].every((hook) => typeof hook === 'function')) {
    throw new TypeError("hooks must have beforeAll, beforeEach and afterAll: pass node:test's or vitest's module");
  }
  const sandbox = new Sandbox(...options);
  before(async () => {
    await sandbox.start();
  });
  beforeEach(() => sandbox.reset());
  after(() => sandbox.stop());
  return sandbox;
}

module.exports = { Sandbox, SandboxError, startSandbox, useSandbox };
