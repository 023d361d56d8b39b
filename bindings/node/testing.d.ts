/// <reference lib="es2022" />
/// <reference lib="esnext.disposable" />

import type {
  CardLookup,
  CardwireError,
  Config,
  ErrorFacts,
  Image,
  Kind,
  NetworkCause,
  NumberCandidate,
  Operation,
  Order,
  Recognition,
  Vendor,
  Verification,
} from './index.js';
import { Client } from './index.js';

/** What a result has of its own accord, and no test gives. */
type Made = 'facts' | 'raw' | 'rawBytes' | 'maskedCardNumber' | 'toJSON';

/** The fields of a result. */
type Fields<T, Required extends keyof T> = Pick<T, Required> &
  Partial<Omit<T, Required | Made>> & {
    /** The vendor's answer, as JSON; `{}` where it is not given. */
    readonly raw?: unknown;
  };

/**
 * Makes a result of `recognize`. `sent` and `billed` are `'yes'` where they are not given, as in a vendor's answer;
 * another field, of the call's facts too, is `null`, `'unknown'` or empty. A value that the field cannot have throws.
 */
export function recognition(fields: Fields<Recognition, 'cardNumber'>): Recognition;

/** Makes a result of `verify`, as {@link recognition} makes one. */
export function verification(fields: Fields<Verification, 'outcome'>): Verification;

/** Makes a result of `lookupCard`, as {@link recognition} makes one. */
export function cardLookup(fields: Fields<CardLookup, 'found'>): CardLookup;

/** Makes a result of `fetchOrder`, as {@link recognition} makes one; `billed` is `'no'` where it is not given. */
export function order(fields: Fields<Order, 'orderId'>): Order;

/**
 * Makes an error of a kind, with fields as {@link recognition} takes them. `sent` and `billed` are `'no'` where they are
 * not given.
 */
export function error(
  kind: Kind,
  fields?: Partial<Omit<ErrorFacts, 'kind' | 'candidates'>> & {
    readonly message?: string;
    readonly candidates?: readonly Pick<NumberCandidate, 'cardNumber' | 'confidence'>[];
    /** The step of the network that failed: the error's `cause` is made of it. */
    readonly cause?: Pick<NetworkCause, 'step' | 'host' | 'port' | 'reason'> & { readonly osError?: number };
  },
): CardwireError;

/** What a script holds: a result, or the error to throw. */
export type Answer = Recognition | Verification | CardLookup | Order | CardwireError;

/** A call that was answered from a script. `console.log` and `util.inspect` hide the values of people. */
export interface ScriptedCall {
  readonly operation: Operation;
  /** The vendor that a client would have asked first. */
  readonly vendor: Vendor | null;
  readonly account: string | null;
  /** The caller's own, or one made by the library. */
  readonly orderId: string | null;
  readonly reference?: string | null | undefined;
  readonly userId?: string | null | undefined;
  readonly image?: Image;
  readonly cardNumber?: string;
  readonly name?: string;
  readonly idNumber?: string | null | undefined;
  readonly phone?: string | null | undefined;
}

/**
 * A `Client` that asks nobody: each call takes the next answer, results and errors. Calls under way at the same time take
 * theirs in the order in which they began. Vendor, account, order number and attempt that an answer does not say are
 * those of its call.
 *
 * It has an account of every vendor, and one more for each name in `accounts`, which maps names to vendors. Each call is
 * one of a real client, whose provider of credentials ends it when everything else is done: arguments are checked,
 * vendors chosen and order numbers made as ever, and a refused call consumes no answer. The inputs of a batch are asked
 * one at a time, in their order, and take their answers as their results are given. There is no journal. A call that the
 * script has no answer for throws a {@link ScriptError}.
 */
export class ScriptedClient extends Client {
  constructor(answers: Iterable<Answer>, options?: { readonly accounts?: Readonly<Record<string, Vendor>> });
  /** The calls that were answered, in the order of their answers. A refused call is not among them. */
  readonly calls: readonly ScriptedCall[];
  /** The number of answers that no call has taken yet. */
  readonly remaining: number;
}

/**
 * A call that the script has no answer for: there is none left, or the next one is the result of another operation. It is
 * no `CardwireError`, so that a program that handles those does not hide it.
 */
export class ScriptError extends Error {
  readonly name: 'ScriptError';
}

/** What the sandbox refused, or why it did not start. */
export class SandboxError extends Error {
  readonly name: 'SandboxError';
}

/** A fault of the connection, by its name, and its numbers. */
export interface Fault {
  kind: string;
  n?: number;
  every?: number;
  reset?: boolean;
  body?: string;
}

/** What the next request of a vendor meets. The parts combine. */
export interface Script {
  /** `any` by default. */
  operation?: 'any' | 'recognize' | 'verify' | 'token' | 'ticket' | 'fetch_order' | 'connect' | 'other';
  /** How many requests meet it, 1 by default; 0 is all until the next reset. */
  times?: number;
  /** How many requests pass first, 0 by default. */
  skip?: number;
  /** A code of the vendor, in the vendor's own form. */
  code?: string;
  /** A fault of the connection. */
  fault?: string | Fault;
  /** True where the vendor does the work, and false where it does not. */
  execute?: boolean;
  /** True where the ledger says that it was billed, and false where it does not. */
  billed?: boolean;
  /** An answer, word for word. */
  answer?: { status?: number; headers?: [string, string][]; body?: string };
}

/** What every vendor reads in a photo that is made for a test. */
export interface CardFacts {
  /** The card number. */
  number?: string;
  issuer?: string;
  /** The card's name. */
  name?: string;
  kind?: string;
  /** `MM/YYYY`. */
  valid?: string;
  /** 0 to 100. */
  clarity?: number;
  /** The codes of warnings. */
  warnings?: string[];
  /** The code to answer: one for all vendors, or by vendor. */
  answer?: string | Partial<Record<Vendor, string>>;
}

/** A request that the sandbox saw. */
export interface LedgerEntry {
  readonly seq: number;
  readonly vendor: Vendor;
  readonly operation: string;
  /** The vendor's code, `http:NNN`, or the fault. */
  readonly outcome: string;
  /** The status of the answer; 0 without one. */
  readonly status: number;
  readonly executed: boolean;
  readonly billed: boolean;
  readonly order_no: string | null;
  readonly request_id: string | null;
  readonly scripted: boolean;
  readonly ms: number;
  readonly [more: string]: unknown;
}

/** The totals of a vendor. */
export interface Counts {
  readonly requests: number;
  readonly executed: number;
  readonly billed: number;
  readonly [more: string]: unknown;
}

/** The vendors on this machine, as a process that ends with this one. */
export interface Sandbox {
  /** A configuration with an account of every vendor, which the caller may change. */
  readonly config: Config;
  /** The address of its admin interface; in a browser, of the page that shows what it saw. */
  readonly adminUrl: string;
  /** Makes a configuration with accounts of these vendors, in this order, and with other keys. */
  configFor(vendors: readonly Vendor[], keys?: Partial<Config>): Config;
  /** Has the next request of a vendor meet something else than the vendor's usual answer. */
  script(vendor: Vendor, script: Script): Promise<void>;
  /** Gives every request since the last reset, oldest first, of one vendor or of all. */
  ledger(vendor?: Vendor): Promise<LedgerEntry[]>;
  /** Gives the totals since the last reset, by vendor. */
  counts(): Promise<Record<string, Counts>>;
  /** Gives the totals of a vendor since the last reset. */
  counts(vendor: Vendor): Promise<Counts>;
  /** Gives the number of calls that the vendors billed since the last reset. */
  billed(): Promise<number>;
  /** Changes settings and gives all. */
  settings(changes?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Makes a photo of an invented card, a JPEG. Without facts the vendors read what is printed on it. */
  cardPhoto(facts?: CardFacts): Promise<Uint8Array>;
  /** Has it forget everything: ledger, scripts, tokens, orders, quotas and changed settings. */
  reset(): Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
  /** Ends it, for `await using`, which Node has the symbol for from 18.18 on. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts the sandbox. `options` are those of `cardwire sandbox`. The program is that of this package, unless the
 * environment variable `CARDWIRE_SANDBOX` names another. Throws a {@link SandboxError} where it does not start.
 */
export function startSandbox(...options: string[]): Promise<Sandbox>;

/** The hooks of jest, vitest or node:test. */
type Hook = (run: () => Promise<void>) => unknown;
export type Hooks =
  | { readonly beforeAll: Hook; readonly beforeEach: Hook; readonly afterAll: Hook }
  | { readonly before: Hook; readonly beforeEach: Hook; readonly after: Hook };

/**
 * Has a test framework start a sandbox before the tests of a file, reset it before each of them, and stop it after the
 * last. `hooks` is the module `node:test`, `vitest` or `@jest/globals`; without it, jest's globals are used. The sandbox
 * can be used in tests and hooks alone.
 */
export function useSandbox(hooks?: Hooks, ...options: string[]): Sandbox;
