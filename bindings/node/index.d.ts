/// <reference lib="es2022" />
/// <reference lib="esnext.disposable" />

export {};

/** Node's Buffer where its types are installed, else what it extends. */
type Bytes = typeof globalThis extends { Buffer: { prototype: infer B extends Uint8Array } }
  ? B
  : Uint8Array;

/** The part of a `URL` that the library uses. */
interface Address {
  readonly href: string;
  readonly protocol: string;
}

/** The part of an `AbortSignal` that the library uses. */
interface Signal {
  readonly aborted: boolean;
  readonly reason?: any;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A vendor, named as in the configuration. */
export type Vendor =
  | 'tencent_kyc'
  | 'wechat'
  | 'aliyun_bankocr'
  | 'tencent_faceid'
  | 'aliyun_yhkr'
  | 'aliyun_ocr'
  | 'aliyun_bankmeta'
  | 'tencent_ocr'
  | 'baidu_ocr'
  | 'offline';

/** An operation that a vendor can be asked for. */
export type Operation = 'recognize' | 'verify' | 'lookup_card' | 'fetch_order';

/**
 * The kind of an error. Kinds and their numbers ({@link CardwireError.code}) are stable and the same
 * in every language of Cardwire.
 *
 * | kind | code | what to do |
 * |---|---|---|
 * | `invalid_argument` | 1 | correct the argument that the message names; nothing was sent |
 * | `invalid_config` | 2 | correct the configuration key that the message names |
 * | `unsupported` | 3 | configure a vendor that does this, or give the input in a form it takes |
 * | `unauthenticated` | 10 | check the credentials and this machine's clock |
 * | `permission_denied` | 11 | activate the service, or have the address or account allowed |
 * | `quota_exhausted` | 12 | buy a package or wait for the next day; repeating does not help |
 * | `rate_limited` | 13 | wait as long as `retryAfterMs` says |
 * | `credentials_unavailable` | 14 | look at `cause`: what the program's own provider threw |
 * | `image_rejected` | 20 | take another photo, in a format and size the vendor takes |
 * | `card_not_found` | 21 | take another photo that shows the front of one card |
 * | `vendor_unavailable` | 30 | repeat later; look at `billed` first |
 * | `vendor_error` | 31 | look up the vendor's code, which no document explains |
 * | `timeout` | 32 | look at `sent`: only `no` may be repeated without a second bill |
 * | `network` | 33 | look at `sent`, as for `timeout` |
 * | `protocol` | 34 | the answer is not what the vendor documents; keep `requestId` |
 * | `cancelled` | 40 | look at `sent`: the vendor may have executed the call all the same |
 * | `closed` | 41 | make a new client |
 * | `already_answered` | 42 | `order` says under which number the vendor answered |
 * | `already_running` | 43 | another call asks for the same: `order` is its order |
 * | `storage` | 50 | repair the journal file or the token store |
 * | `internal` | 99 | a bug in the library: report it with the version |
 */
export type Kind =
  | 'invalid_argument'
  | 'invalid_config'
  | 'unsupported'
  | 'unauthenticated'
  | 'permission_denied'
  | 'quota_exhausted'
  | 'rate_limited'
  | 'credentials_unavailable'
  | 'image_rejected'
  | 'card_not_found'
  | 'vendor_unavailable'
  | 'vendor_error'
  | 'timeout'
  | 'network'
  | 'protocol'
  | 'cancelled'
  | 'closed'
  | 'already_answered'
  | 'already_running'
  | 'storage'
  | 'internal';

/** The delivery of a complete request to the vendor. After `no` the vendor cannot have executed it. */
export type Sent = 'no' | 'unknown' | 'yes';

/** The bill of the call, as far as the vendor's documents tell. */
export type Billed = 'no' | 'unknown' | 'yes';

/** The kind of a card. */
export type CardKind = 'debit' | 'credit' | 'quasi_credit' | 'prepaid' | 'unknown';

/**
 * A fault of a photo that could be read all the same, or of what was read. `number_doubtful`: the card number
 * may be misread. Code `check_digit`: its check digit does not fit; few cards have none. Code `other_reading`: the
 * vendor `offline`, asked before, read another number.
 */
export type WarningKind =
  | 'expired'
  | 'date_invalid'
  | 'border_incomplete'
  | 'glare'
  | 'photocopy'
  | 'recaptured'
  | 'blurred'
  | 'number_doubtful'
  | 'other';

/**
 * The source of a recognised card's issuer: the vendor named it, or the table of prefixes has the
 * number's first digits.
 */
export type IssuerSource = 'vendor' | 'table';

/** The outcome of a verification: whether card, name and ID number belong together. `inconclusive` does not say. */
export type Outcome = 'match' | 'mismatch' | 'inconclusive';

/** Why a verification did not end in a match. */
export type Reason =
  | 'cardholder_mismatch'
  | 'name_invalid'
  | 'id_number_invalid'
  | 'phone_invalid'
  | 'card_number_invalid'
  | 'card_number_malformed'
  | 'no_issuer'
  | 'card_inactive'
  | 'card_lost'
  | 'card_expired'
  | 'card_restricted'
  | 'card_confiscated'
  | 'card_suspected_fraud'
  | 'card_abnormal'
  | 'pin_tries_exceeded'
  | 'cardless_payment_disabled'
  | 'issuer_unsupported'
  | 'attempts_exceeded'
  | 'id_type_unsupported'
  | 'vendor_busy'
  | 'no_record'
  | 'unknown';

/** Why a vendor knows nothing about a card number. */
export type LookupReason =
  | 'no_record'
  | 'vendor_busy'
  | 'no_such_card'
  | 'attempts_exceeded'
  | 'card_invalid'
  | 'card_type_unsupported'
  | 'unknown';

/** An image format, told by its first bytes. */
export type ImageFormat = 'jpeg' | 'png' | 'bmp' | 'webp';

/**
 * What a look at a photo showed. Several faults may meet; the first of this list is told.
 *
 * - `readable`: the number can be read with confidence; the vendor `offline` with the built-in table of issuers accepts it
 * - `no_card`: no card was seen
 * - `blurred`: the number is not sharp enough: out of focus, moved, or too small in the photo
 * - `cut`: the photo's edge cuts the card's number off
 * - `not_sure`: no such fault was seen, but the number cannot be read with confidence here; a vendor may read it
 */
export type PhotoLook = 'readable' | 'no_card' | 'blurred' | 'cut' | 'not_sure';

/** Bytes in any view of them, such as a Buffer, of whatever realm. */
export type ImageBytes = Uint8Array | Uint8ClampedArray | Int8Array | DataView | ArrayBuffer;

/** The part of a `Blob` or a `File` that the library uses. */
interface BlobLike {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The part of a fetch's `Response` that the library uses. */
interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** The part of a `ReadableStream` of bytes that the library uses. */
interface WebStreamLike {
  readonly locked: boolean;
  getReader(): any;
}

/** The part of a `stream.Readable` of bytes that the library uses. */
interface StreamLike {
  pipe(...to: any[]): any;
  [Symbol.asyncIterator](): AsyncIterator<any>;
}

/** The part of a `FileHandle` of `fs/promises` that the library uses. */
interface FileLike {
  readFile(): Promise<Uint8Array>;
}

/**
 * A card photo: its bytes (JPEG, PNG, BMP or WebP), the path of a file, a URL, or what is read for it: a
 * `Blob`, a `File`, the `Response` of a fetch, a stream of Node's or of the web's, a `FileHandle`.
 *
 * A `file:` URL is a path and a `data:` URL is decoded, as URL and as string; any other string is a
 * path. An `http:` or `https:` URL is handed to a vendor that downloads it (`wechat`,
 * `aliyun_bankocr`); the library never downloads it.
 *
 * Bytes are copied before `recognize` returns its promise: a buffer may be reused at once. A stream is
 * read, up to 64 MiB, before the call and its time begin; the signal of the options and the client's closing
 * end the reading, and destroy the stream.
 */
export type Image =
  | ImageBytes
  | string
  | Address
  | BlobLike
  | ResponseLike
  | WebStreamLike
  | StreamLike
  | FileLike;

/**
 * Whom to verify. With two elements (card number and name) `tencent_faceid` is asked, with the ID
 * number also `aliyun_yhkr`, with the phone number `tencent_faceid`. Every vendor is asked about the
 * same values: the page "Values of people" says what is dropped, what becomes the same and what is
 * refused.
 */
export interface Cardholder {
  /** A string: a number cannot hold 19 digits and is refused with a `TypeError`. */
  cardNumber: string;
  name: string;
  /** The number of the resident identity card. */
  idNumber?: string | null | undefined;
  /** The mobile phone number that the issuer holds. */
  phone?: string | null | undefined;
}

/** The options of every call, which go before the configuration. */
export interface FetchOptions {
  /** Only this account: an entry's `name`, or a vendor's name. */
  vendor?: string | undefined;
  /** Only these accounts, in this order: the first that takes the input is asked. */
  vendors?: readonly string[] | undefined;
  /** The longest time that the whole call may take, in milliseconds: 1 to 86,400,000. */
  timeoutMs?: number | undefined;
  /** Ends the call with `cancelled`; the signal's reason is the error's `cause`. */
  signal?: Signal | null | undefined;
}

/** The options of one call, which go before the configuration. */
export interface CallOptions extends FetchOptions {
  /**
   * The order number: 1 to 32 ASCII letters and digits, never used before, and without a card number
   * or a number of the cardholder in it. The library makes one where none is given.
   */
  orderId?: string | null | undefined;
  /**
   * The caller's own name for what is asked, such as that of a photo: 1 to 64 printable characters and no
   * personal datum; one that holds what looks like the number of a card, an identity card or a mobile phone,
   * or a number of the cardholder, is refused. The journal keeps it and finds orders by it; no vendor is told. Several calls may have the same.
   */
  reference?: string | null | undefined;
  /** The caller's own name for its user (`tencent_kyc`): 1 to 32 ASCII letters, digits, `-` and `_`. */
  userId?: string | null | undefined;
  /**
   * True where the call is to end with `already_answered`, and nothing is sent, where the journal knows the
   * vendor's answer to its reference or its order number: a result, or a refusal that was not free. While
   * another call asks for the same, it ends with `already_running`. It needs a `journal` in the configuration,
   * and a reference or an order number.
   */
  skipAnswered?: boolean | undefined;
}

/** The options of a batch's calls. Order number and reference are those of each {@link BatchInput}. */
export interface BatchOptions extends Omit<CallOptions, 'orderId' | 'reference'> {
  /** The most calls in flight at once; 16 by default. */
  concurrency?: number | undefined;
}

/** One request sent, or meant to be sent, to a vendor on behalf of a call. */
export interface Attempt {
  readonly vendor: Vendor;
  /** The entry's `name` in the configuration, or the vendor's name. */
  readonly account: string;
  readonly outcome: 'ok' | Kind;
  readonly vendorCode: string | null;
  /** The order number it was sent under: the next account is asked under a new one, after `offline` under the same. */
  readonly orderId: string;
  readonly sent: Sent;
  /** The bill of this request, as far as it is known. */
  readonly billed: Billed;
  readonly milliseconds: number;
}

/**
 * A photo that was made to fit what the vendor takes: turned upright by its EXIF orientation, made smaller, or
 * written as a JPEG.
 */
export interface ImageFitted {
  /** Size in bytes of the photo that was given. */
  readonly bytesBefore: number;
  /** Size in bytes of the photo that was sent. */
  readonly bytesAfter: number;
  /** Width in pixels of the photo that was given, as it is stored; 0 where its header does not state it. */
  readonly widthBefore: number;
  /** Height in pixels of the photo that was given, as it is stored; 0 where its header does not state it. */
  readonly heightBefore: number;
  /** Width in pixels of the photo that was sent. */
  readonly widthAfter: number;
  /** Height in pixels of the photo that was sent. */
  readonly heightAfter: number;
}

/** The facts of a call, whether it gave a result or an error. */
export interface CallFacts {
  /** The vendor that answered or was asked last. */
  readonly vendor: Vendor | null;
  /** The entry's `name` in the configuration, or the vendor's name. */
  readonly account: string | null;
  /** The order number: the caller's own, or one made by the library. */
  readonly orderId: string | null;
  /** The vendor's number for the request, to be named when asking the vendor. */
  readonly requestId: string | null;
  /** The number that the gateway before the vendor gave the request (Aliyun Cloud Market). */
  readonly gatewayRequestId: string | null;
  /** When the vendor says that it answered, as it writes it. */
  readonly transactionTime: string | null;
  /**
   * What the photo became for the vendor that answered or was asked last; `null` where it was sent as it came.
   */
  readonly imageFitted: ImageFitted | null;
  readonly sent: Sent;
  readonly billed: Billed;
  /** Each attempt, oldest first. */
  readonly attempts: readonly Attempt[];
}

/**
 * A result: frozen, and masked where `console.log` or `util.inspect` show it. `JSON.stringify` gives
 * everything, photos as base64: personal data. So do `console.table`, the differences that `assert` shows and a copy
 * such as `{ ...result }`: give them `maskedCardNumber` alone.
 */
export interface Result extends CallFacts {
  /** The facts of the call alone: who answered, order number, request ids, `sent`, `billed`, attempts. */
  readonly facts: CallFacts;
  /** The vendor's whole answer: parsed where it is JSON, else its text. Personal data. */
  readonly raw: any;
  /** The vendor's whole answer, byte for byte. Personal data. */
  readonly rawBytes: Bytes;
  toJSON(): Record<string, unknown>;
}

/** The month a card is valid through. */
export interface ValidThru {
  /** `null` where the text could not be read as a date. */
  readonly year: number | null;
  /** 1 to 12; `null` where the text could not be read as a date. */
  readonly month: number | null;
  /** The vendor's text. */
  readonly printed: string;
}

/** A warning with the vendor's code for it. */
export interface Warning {
  readonly kind: WarningKind;
  /** The vendor's code, as it came; `check_digit` or `other_reading` where the warning is the library's own. */
  readonly code: string;
}

/**
 * A point in a photo, in pixels from its upper left corner, as the photo is shown: turned by its EXIF
 * orientation.
 */
export interface Point {
  /** To the right. */
  readonly x: number;
  /** Downwards. */
  readonly y: number;
}

/** A number that may stand on a card, as it was read. `console.log` and `util.inspect` show it masked. */
export interface NumberCandidate {
  /** Digits only. */
  readonly cardNumber: string;
  /** The first six and last four digits, fit for a screen. */
  readonly maskedCardNumber: string;
  /** From 0 to 1: the share of such readings that are right. */
  readonly confidence: number;
}

/** The issuer of cards whose numbers begin alike, by the table of prefixes. */
export interface Issuer {
  /** The issuing bank's name in Chinese, as it is today. */
  readonly name: string;
  /** The bank's code as Alipay writes it, such as `ICBC`, where the table has one. */
  readonly code: string | null;
  /** `unknown` where the table does not state it. */
  readonly cardKind: CardKind;
}

/** A card as a vendor read it. */
export interface Recognition extends Result {
  /** Digits only. */
  readonly cardNumber: string;
  /** The first six and last four digits, fit for a screen. */
  readonly maskedCardNumber: string;
  /** From 0 to 1, the share of such readings that are right, where whoever read it says so: `offline` does. */
  readonly confidence: number | null;
  /** The issuing bank: as the vendor names it, or else as the table of prefixes does. */
  readonly issuer: string | null;
  readonly issuerSource: IssuerSource | null;
  /** The issuer's code as Alipay writes it, such as `ICBC`, where the table of prefixes has one. */
  readonly issuerCode: string | null;
  readonly cardName: string | null;
  readonly cardKind: CardKind;
  readonly validThru: ValidThru | null;
  /** A JPEG of the number as it stands on the card. */
  readonly numberPhoto: Bytes | null;
  /** The sharpness of the photo, 0 to 100. */
  readonly clarity: number | null;
  /**
   * The corners of the card in the photo, clockwise from the upper left one of the card, where whoever read it
   * says so: `offline` does.
   */
  readonly corners: readonly Point[];
  readonly warnings: readonly Warning[];
}

/**
 * A vendor's answer about a cardholder. The object itself is always truthy, whatever the vendor
 * said: compare `outcome` with `'match'`.
 */
export interface Verification extends Result {
  readonly outcome: Outcome;
  /** `null` for a match. */
  readonly reason: Reason | null;
  /** The vendor's code, as it came. */
  readonly vendorCode: string;
  /** The vendor's text, in its language; for people, not for programs. */
  readonly description: string;
}

/** A vendor's knowledge about a card number. */
export interface CardLookup extends Result {
  /** True where the vendor knows the card. */
  readonly found: boolean;
  /** `null` where it does. */
  readonly reason: LookupReason | null;
  readonly issuer: string | null;
  readonly cardKind: CardKind;
  readonly vendorCode: string;
  readonly description: string;
}

/** An order as a vendor keeps it under its number. The facts are those of the query itself. */
export interface Order extends Result {
  readonly cardNumber: string | null;
  readonly maskedCardNumber: string | null;
  readonly validThru: ValidThru | null;
  readonly clarity: number | null;
  readonly warnings: readonly Warning[];
  /** The photo as it was sent. */
  readonly originalPhoto: Bytes | null;
  /** The card cut out of the photo. */
  readonly cardPhoto: Bytes | null;
  /** The number cut out of the photo. */
  readonly numberPhoto: Bytes | null;
  /** When the vendor worked on it, in the vendor's words (China Standard Time). */
  readonly operatedAt: string | null;
}

/**
 * One input of a batch with its own order number or reference; without them the input may be given as it
 * is. With a reference for each and `skipAnswered` a batch that was cut off goes on where it was.
 */
export interface BatchInput<T extends Image | Cardholder> {
  input: T;
  /** As in {@link CallOptions}. */
  orderId?: string | null | undefined;
  /** As in {@link CallOptions}. */
  reference?: string | null | undefined;
}

/** The inputs of a batch: each alone, or as a {@link BatchInput}. */
type Inputs<T extends Image | Cardholder> =
  | Iterable<T | BatchInput<T> | Promise<T | BatchInput<T>>>
  | AsyncIterable<T | BatchInput<T>>;

/** One result of a batch: `error` is `null` where there is a result. */
export type BatchItem<T> =
  | { readonly index: number; readonly result: T; readonly error: null }
  | { readonly index: number; readonly result: null; readonly error: CardwireError | TypeError };

/** The level of an event in a log. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** The state of an account's circuit breaker: `half_open` lets a few requests try the vendor again. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/** The extent of a block: every billed call of the account, or calls about some cardholders or cards. */
export type BlockScope = 'account' | 'parameters';

/** A call begins. */
export interface CallStarted {
  readonly event: 'call_started';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly operation: Operation;
}

/** A call ended: its promise settles next. */
export interface CallEnded {
  readonly event: 'call_ended';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly operation: Operation;
  /** The vendor that answered or was asked last; `null` when none was chosen. */
  readonly vendor: Vendor | null;
  readonly account: string | null;
  /** `null` where the caller's own was refused. */
  readonly orderId: string | null;
  readonly outcome: 'ok' | Kind;
  readonly vendorCode: string | null;
  /** Of a refusal. */
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  /** Of several attempts, the most that one came to. */
  readonly sent: Sent;
  /** Of several attempts, the most that one came to. */
  readonly billed: Billed;
  /** The number of its attempts. */
  readonly attempts: number;
  readonly milliseconds: number;
}

/** A request to a vendor begins. */
export interface AttemptStarted {
  readonly event: 'attempt_started';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly operation: Operation;
  readonly orderId: string;
  /** Counts the attempts of a call from 1. */
  readonly attempt: number;
  /** The vendor's host; `null` on this machine. */
  readonly serverAddress: string | null;
  /** The vendor's port; `null` on this machine. */
  readonly serverPort: number | null;
}

/** A request to a vendor ended. */
export interface AttemptEnded {
  readonly event: 'attempt_ended';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly operation: Operation;
  readonly orderId: string;
  /** Counts the attempts of a call from 1. */
  readonly attempt: number;
  readonly outcome: 'ok' | Kind;
  readonly vendorCode: string | null;
  readonly httpStatus: number | null;
  readonly requestId: string | null;
  /** The number that the gateway before the vendor gave the request. */
  readonly gatewayRequestId: string | null;
  readonly sent: Sent;
  readonly billed: Billed;
  readonly milliseconds: number;
}

/** The library itself refused to send a request. The call may go on with another account, or after a wait. */
export interface RequestRefused {
  readonly event: 'request_refused';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly operation: Operation;
  /** `null` where no account takes what the call asks. */
  readonly vendor: Vendor | null;
  readonly account: string | null;
  readonly orderId: string | null;
  /** `argument` where no account takes what the call asks. */
  readonly reason: 'pace'
    | 'quota'
    | 'breaker'
    | 'account_blocked'
    | 'parameters_blocked'
    | 'store'
    | 'photo'
    | 'too_late'
    | 'journal'
    | 'credentials'
    | 'argument';
  readonly outcome: Kind;
}

/** A request waited for its rate permit, and has it. */
export interface RatePermitWaited {
  readonly event: 'rate_permit_waited';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly operation: Operation;
  readonly orderId: string;
  readonly milliseconds: number;
}

/** A request took a unit of its account's daily quota. It comes back where the request is not sent. */
export interface QuotaUnitTaken {
  readonly event: 'quota_unit_taken';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly operation: Operation;
  readonly orderId: string;
  /** The units of the day that are left, as far as this process counts them. */
  readonly quotaLeft: number;
  /** The units of a day. */
  readonly quotaLimit: number;
}

/** The breaker of an account changed. */
export interface BreakerChanged {
  readonly event: 'breaker_changed';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly breakerBefore: BreakerState;
  readonly breakerAfter: BreakerState;
}

/** The journal holds what comes next for an order. */
export interface OrderWritten {
  readonly event: 'order_written';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly orderId: string;
  /**
   * `intent` before the first byte of the request leaves, `released` before its last one leaves,
   * `done` when something came of it.
   */
  readonly state: 'intent' | 'released' | 'done';
}

/** A token was fetched, or could not be. The call is the one that began it; others may wait for the same. */
export interface TokenRefreshed {
  readonly event: 'token_refreshed';
  readonly level: Level;
  /** The event as one line of a log. */
  readonly text: string;
  /** The number of the call, which all its events have; no other call of the process has it. */
  readonly call: number;
  readonly vendor: Vendor;
  readonly account: string;
  readonly outcome: 'ok' | Kind;
  readonly milliseconds: number;
}

/** An event of a client. It holds no personal datum and no secret. */
export type ClientEvent =
  | CallStarted
  | CallEnded
  | AttemptStarted
  | AttemptEnded
  | RequestRefused
  | RatePermitWaited
  | QuotaUnitTaken
  | BreakerChanged
  | OrderWritten
  | TokenRefreshed;

/** A refusal of the vendor for which its account is not asked for a while. */
export interface AccountBlock {
  readonly scope: BlockScope;
  /** The kind of the vendor's refusal. */
  readonly outcome: Kind;
  readonly vendorCode: string | null;
  /** The number of cardholders and cards; 1 for an account. */
  readonly size: number;
  /** When the last of them ends, in milliseconds since 1970. */
  readonly untilMs: number;
}

/** The state of one account in this process. There is no personal datum and no secret in it. */
export interface AccountHealth {
  readonly account: string;
  readonly vendor: Vendor;
  /** `closed` too where the configuration turns it off. */
  readonly breaker: BreakerState;
  /** Until when the breaker lets no request through, in milliseconds since 1970; `null` where it is not open. */
  readonly breakerUntilMs: number | null;
  readonly blocks: readonly AccountBlock[];
  /** The units of its daily quota that are left, as far as this process counts them; `null` without a quota. */
  readonly quotaLeft: number | null;
  readonly quotaLimit: number | null;
  /** The requests that it is sent in a second at the most; `null` where nothing holds them back. */
  readonly requestsPerSecond: number | null;
  /** The requests that are being sent or answered. */
  readonly inFlight: number;
  /** Since when this process has its token, in milliseconds since 1970; `null` without one. */
  readonly tokenSinceMs: number | null;
  /** When its token is dead, in milliseconds since 1970; `null` without one. */
  readonly tokenUntilMs: number | null;
}

export interface ClientOptions {
  /**
   * Called for everything the client does, on the thread of the client and in the asynchronous context
   * (`AsyncLocalStorage`) in which the call was made; a call's events come before its promise settles. An
   * exception that it throws is an uncaught one of the process. The channel `cardwire:event` of
   * `node:diagnostics_channel` is given the same events, where it has subscribers when the client is made.
   */
  onEvent?: ((event: ClientEvent) => void) | undefined;
  /** Functions that give credentials, by the names of `{ provider: NAME }` in the configuration. */
  providers?: Record<string, CredentialProvider> | undefined;
}

/** A question to a provider. */
export interface CredentialAsk {
  readonly vendor: Vendor;
  /** The `name` of the account's entry, or the vendor's name. */
  readonly account: string;
  /** The keys of the entry that name the provider, such as `access_token`: all are given at once. */
  readonly secrets: readonly string[];
  /** The account has none yet, their end has come, or the vendor refused them. */
  readonly reason: 'first' | 'expired' | 'refused';
}

/** The credentials that a provider gives. */
export interface ProvidedCredentials {
  /** The value of the one secret that was asked for, or values by secret. */
  values: string | Record<string, string>;
  /** The time for which they can be used; without it the provider is asked again when the vendor refuses them. */
  expiresInMs?: number | undefined;
}

/**
 * Gives an account's credentials. Of many calls that wait, one asks. Its exception, or the reason of its rejection, is
 * the `cause` of an error of the kind `credentials_unavailable`. It must not wait for a call to the
 * account that it is asked for.
 */
export type CredentialProvider = (
  ask: CredentialAsk,
) => string | ProvidedCredentials | Promise<string | ProvidedCredentials>;

/** The status of an order in the journal. `unknown`: the vendor may have executed and billed it. */
export type OrderStatus = 'in_flight' | 'not_sent' | 'unknown' | 'answered';

/** One order as the journal holds it. There is no personal datum and no secret in it. */
export interface OrderRecord {
  readonly orderId: string;
  /** The caller's own name for what was asked. */
  readonly reference: string | null;
  readonly vendor: Vendor | null;
  /** The entry's `name` in the configuration, or the vendor's name. */
  readonly account: string;
  readonly operation: Operation | null;
  readonly status: OrderStatus;
  /** The number of its requests. */
  readonly sends: number;
  /** When it was first written, in milliseconds since 1970. */
  readonly createdMs: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly changedMs: number;
  readonly sent: Sent;
  readonly billed: Billed;
  /** `null` while nothing came of it. */
  readonly outcome: 'ok' | Kind | null;
  readonly vendorCode: string | null;
  readonly requestId: string | null;
  readonly httpStatus: number | null;
  /** True where the answer came after the caller had gone. */
  readonly late: boolean;
  /** When somebody settled it with the vendor, in milliseconds since 1970. */
  readonly reconciledMs: number | null;
  /** Their note. */
  readonly note: string | null;
}

/** The orders that are wanted; every one where nothing is given. */
export interface OrderFilter {
  status?: OrderStatus | null | undefined;
  vendor?: Vendor | null | undefined;
  account?: string | null | undefined;
  /** Only those of this reference, the caller's own name for what was asked. */
  reference?: string | null | undefined;
  /** Only those first written at this moment or later, in milliseconds since 1970. */
  sinceMs?: number | null | undefined;
  /** Only those first written before this moment, in milliseconds since 1970. */
  untilMs?: number | null | undefined;
  /** Only those that a list has after the order of this number, the last one of the page before. */
  before?: string | null | undefined;
  /** At most so many. */
  limit?: number | null | undefined;
}

/** A credential: the text, or where to read it. */
export type Secret = string | { env: string } | { file: string };

/** A credential of an account: it may also come from a provider that the client is made with. */
export type AccountSecret = Secret | { provider: string };

/** The keys that every entry of `vendors` takes. A key that its vendor does not know is refused by name. */
export interface AccountConfig {
  /** Tells two accounts of one vendor apart; by default the vendor's name. */
  name?: string | undefined;
  /** For calls to this account, in milliseconds. */
  timeout_ms?: number | undefined;
  /** At most so many reach the vendor in any second. */
  requests_per_second?: number | undefined;
  /** At most so many billed calls a day (China Standard Time); 0 is no limit. */
  daily_quota?: number | undefined;
}

/** This machine: no account, no network, no bill. */
export interface OfflineConfig extends AccountConfig {
  vendor: 'offline';
}

/** The keys that every entry of a vendor on the network takes. */
export interface HttpAccountConfig extends AccountConfig {
  /** Another host: regional, a relay, the sandbox. */
  base_url?: string | undefined;
  /** The name that is sent in `Host` and signed, behind a relay; by default that of `base_url`. */
  host?: string | undefined;
  /** Allows plain http to a host that is not loopback. */
  allow_insecure_http?: boolean | undefined;
}

export interface TencentKycConfig extends HttpAccountConfig {
  vendor: 'tencent_kyc';
  app_id: string;
  secret: AccountSecret;
  auth_base_url?: string | undefined;
  app_id_field?: 'webankAppId' | 'appId' | undefined;
  app_id_parameter?: 'app_id' | 'appId' | undefined;
}

/** An app id with its secret, or an access token. */
export interface WechatConfig extends HttpAccountConfig {
  vendor: 'wechat';
  app_id?: string | undefined;
  app_secret?: AccountSecret | undefined;
  access_token?: AccountSecret | undefined;
  cloudbase_access_token?: AccountSecret | undefined;
  token_endpoint?: 'stable_token' | 'token' | undefined;
  force_refresh?: boolean | undefined;
  /** `type` of the request: a card with what is around it, or the card alone; by default it is not sent. */
  photo_type?: 'photo' | 'scan' | undefined;
}

/** An AppCode, or an AppKey with its secret. */
export interface AliyunConfig extends HttpAccountConfig {
  vendor: 'aliyun_bankocr' | 'aliyun_yhkr';
  app_code?: AccountSecret | undefined;
  app_key?: AccountSecret | undefined;
  app_secret?: AccountSecret | undefined;
  stage?: 'RELEASE' | 'PRE' | 'TEST' | undefined;
}

/** An access key of a RAM user, or a temporary one with its token. */
export interface AliyunOpenApiConfig extends HttpAccountConfig {
  access_key_id: AccountSecret;
  access_key_secret: AccountSecret;
  security_token?: AccountSecret | undefined;
}

export interface AliyunOcrConfig extends AliyunOpenApiConfig {
  vendor: 'aliyun_ocr';
}

export interface AliyunBankmetaConfig extends AliyunOpenApiConfig {
  vendor: 'aliyun_bankmeta';
  /** `md5` hashes a part of each value. */
  param_type?: 'normal' | 'md5' | undefined;
  /** The document that ID numbers are of, two digits; by default an identity card. */
  identity_type?: string | undefined;
}

export interface TencentFaceidConfig extends HttpAccountConfig {
  vendor: 'tencent_faceid';
  secret_id: AccountSecret;
  secret_key: AccountSecret;
  /** Of temporary keys. */
  token?: AccountSecret | undefined;
  region?: string | undefined;
  language?: 'zh-CN' | 'en-US' | undefined;
  signature?: 'TC3-HMAC-SHA256' | 'HmacSHA256' | 'HmacSHA1' | undefined;
  /** `GET` puts every value into the address. */
  method?: 'POST' | 'GET' | undefined;
  /** `CertType` of verifications with an ID number; by default it is not sent. */
  cert_type?: 0 | undefined;
  encryption?: EncryptionConfig | undefined;
}

/** The facts that are asked for beside the card number; each is `false` where it is left out. */
export interface TencentOcrConfig extends HttpAccountConfig {
  vendor: 'tencent_ocr';
  secret_id: AccountSecret;
  secret_key: AccountSecret;
  /** Of temporary keys. */
  token?: AccountSecret | undefined;
  region?: string | undefined;
  language?: 'zh-CN' | 'en-US' | undefined;
  /** The card cut out of the photo, in `raw`. */
  ret_border_cut_image?: boolean | undefined;
  /** `numberPhoto`. */
  ret_card_no_image?: boolean | undefined;
  /** The warning `photocopy`. */
  enable_copy_check?: boolean | undefined;
  /** The warning `recaptured`. */
  enable_reshoot_check?: boolean | undefined;
  /** The warning `border_incomplete`. */
  enable_border_check?: boolean | undefined;
  /** `clarity`. */
  enable_quality_value?: boolean | undefined;
}

/** The facts that are asked for beside the card; none is sent where it is left out. */
export interface BaiduOcrConfig extends HttpAccountConfig {
  vendor: 'baidu_ocr';
  api_key: AccountSecret;
  secret_key: AccountSecret;
  /** The position of the number in the photo, in `raw`. */
  location?: boolean | undefined;
  /** The direction of the photo, in `raw`. */
  detect_direction?: boolean | undefined;
  /** `clarity`, and the warnings `blurred` and `border_incomplete`. */
  detect_quality?: boolean | undefined;
}

/** The fields of a verification that `tencent_faceid` is sent encrypted, and the algorithm. */
export interface EncryptionConfig {
  algorithm?: 'AES-256-CBC' | 'SM4-GCM' | undefined;
  public_key?: string | undefined;
  key?: AccountSecret | undefined;
  ciphertext_blob?: string | undefined;
  iv?: string | undefined;
}

/** One entry of `vendors`. */
export type VendorConfig =
  | TencentKycConfig
  | WechatConfig
  | AliyunConfig
  | AliyunOcrConfig
  | AliyunBankmetaConfig
  | TencentFaceidConfig
  | TencentOcrConfig
  | BaiduOcrConfig
  | OfflineConfig;

/** When a call is sent again. */
export interface RetryConfig {
  /** The most requests of one call, over all accounts: 1 to 10; 1 turns repeating off. */
  attempts?: number | undefined;
  /** In milliseconds, as are the next three. */
  base_ms?: number | undefined;
  throttle_base_ms?: number | undefined;
  longest_ms?: number | undefined;
  /** With less left of the deadline no billed request starts. */
  least_time_ms?: number | undefined;
  /** Stop asking an account that does not answer, for a while. */
  breaker?: boolean | undefined;
}

/** The accounts that a call may go on to, by operation: names of accounts or vendors, in order. */
export interface FailoverConfig {
  recognize?: readonly string[] | undefined;
  verify?: readonly string[] | undefined;
  lookup_card?: readonly string[] | undefined;
  /** The other failures after which a call goes on. */
  also?: readonly ('unrecognized' | 'credentials' | 'vendor_failed')[] | undefined;
}

/** A table of issuers of your own: its rows go before the built-in ones. */
export interface IssuersConfig {
  /** A CSV file with the columns `prefix`, `card_length`, `issuer_code`, `issuer`, `card_kind` and `sources`. */
  file: string;
  /** `false` where the built-in table does not count beside it. */
  built_in?: boolean | undefined;
}

/** The configuration document: the same in every language, with snake_case keys. */
export interface Config {
  vendors: readonly VendorConfig[];
  /** The whole call, in milliseconds: 1 to 86,400,000. */
  timeout_ms?: number | undefined;
  /** Making a connection, in milliseconds. */
  connect_timeout_ms?: number | undefined;
  /** True where a connection may serve more than one request, as by default. */
  reuse_connections?: boolean | undefined;
  /** Address of an http or https proxy. */
  proxy?: Secret | undefined;
  /** PEM file of the certificate authorities to trust instead of the system's. */
  ca_file?: string | undefined;
  retry?: RetryConfig | undefined;
  failover?: FailoverConfig | undefined;
  issuers?: IssuersConfig | undefined;
  /**
   * True where a photo is turned upright, made smaller or written as a JPEG when the vendor would not take it as
   * it came, as by default.
   */
  fit_images?: boolean | undefined;
  /** The file of the journal: every billed call is written there before it is sent. */
  journal?: string | undefined;
  /** `memory`, or the address of a Redis: `redis://` on loopback, else `rediss://`. */
  token_store?:
    | 'memory'
    | `redis://${string}`
    | `rediss://${string}`
    | { env: string }
    | { file: string }
    | undefined;
}

/**
 * Recognises card photos and verifies cardholders over the configured vendors.
 *
 * Calls run on the library's own threads: neither the event loop nor libuv's pool waits for them. A
 * call in flight keeps the process alive, a client without calls does not.
 *
 * Every operation rejects with a {@link CardwireError}, or with a `TypeError` where an argument has
 * a type that it cannot have.
 */
export class Client {
  /**
   * @param config the configuration, or its JSON text
   * @throws CardwireError of kind `invalid_config`, naming the key
   */
  constructor(config: Config | string, options?: ClientOptions);

  /**
   * Reads the card in a photo, with the first vendor that takes it: of those that the options name,
   * or of those configured.
   */
  recognize(image: Image, options?: CallOptions): Promise<Recognition>;

  /**
   * Asks whether a card, a name and an ID number belong together. A mismatch is a result, not an
   * error: compare `outcome` with `'match'`.
   */
  verify(cardholder: Cardholder, options?: CallOptions): Promise<Verification>;

  /** Asks a vendor who issued a card number. This is a call that vendors bill. */
  lookupCard(cardNumber: string, options?: CallOptions): Promise<CardLookup>;

  /**
   * Returns the issuer of a card by the first digits of its number, from the table of prefixes that is built in or
   * configured as `issuers`; `null` for a prefix that is not known. Nothing is sent.
   *
   * @throws CardwireError of kind `invalid_argument` for what is no card number
   */
  lookupIssuer(cardNumber: string): Issuer | null;

  /**
   * Returns the state of each account in this process, in the order of the configuration: its breaker, what it is
   * not asked for a while, what is left of its quota, and the age of its token. Nothing is sent.
   */
  health(): readonly AccountHealth[];

  /** Fetches the images and the result that a vendor keeps under an order number. */
  fetchOrder(orderId: string, options?: FetchOptions): Promise<Order>;

  /**
   * Recognises every photo of an iterable and gives the results as they finish. A photo is taken
   * only as calls end, so any number of them needs no more memory than those in flight.
   * Leaving the loop cancels what is in flight.
   *
   * When the iterable throws, what is in flight is handed over first. When the signal aborts, what is
   * in flight ends with `cancelled` and nothing more is taken. When the client is closed, what is in flight ends
   * with `cancelled` and each photo that is left with `closed`; but no photo of an async iterable, and no promise of
   * one, is waited for any more: the loop throws `closed` in its place.
   */
  recognizeMany(
    images: Inputs<Image>,
    options?: BatchOptions,
  ): AsyncGenerator<BatchItem<Recognition>, void, undefined>;

  /** Verifies every cardholder of an iterable; see {@link Client.recognizeMany}. */
  verifyMany(
    cardholders: Inputs<Cardholder>,
    options?: BatchOptions,
  ): AsyncGenerator<BatchItem<Verification>, void, undefined>;

  /** Ends the calls in flight with `cancelled` and refuses new ones with `closed`. */
  close(): void;

  /** {@link Client.close}, for `using`. */
  [Symbol.dispose](): void;
}
/** Its orders reject with `invalid_config` where the configuration names no `journal`. */
export interface Client extends JournalOrders {}

/** The journal's records of orders, and what may be done with them. */
export interface JournalOrders {
  /** The orders that the filter wants, newest first. */
  orders(filter?: OrderFilter): Promise<readonly OrderRecord[]>;

  /**
   * The orders that a vendor may have executed and billed without this machine knowing, and that
   * nobody reconciled. Those of calls that still run are not among them.
   */
  unknownOrders(): Promise<readonly OrderRecord[]>;

  /** The order of that number in the journal; `null` where there is none. */
  findOrder(orderId: string): Promise<OrderRecord | null>;

  /**
   * Writes the orders that the filter wants, all of them where it has no `limit`, to a new file as lines
   * of JSON with the field names of core's documents (`order_id`), and gives how many. The memory that it
   * takes does not grow with their number. Rejects with `invalid_argument` where the file is there or
   * cannot be made.
   *
   * @param path a path, or a `file:` URL
   */
  exportOrders(path: string | Address, filter?: OrderFilter): Promise<number>;

  /**
   * Removes the orders that were last written before a moment, and gives how many. Those that run and
   * those that are unknown and not settled stay. Rejects with `invalid_argument` where the moment is less
   * than 24 hours ago. The number of an order that was removed may be used again.
   *
   * @param beforeMs in milliseconds since 1970
   */
  pruneOrders(beforeMs: number): Promise<number>;

  /**
   * Notes that an order was settled with the vendor. The note must hold no personal datum. Rejects
   * with `invalid_argument` where the journal has no such order.
   */
  reconcileOrder(orderId: string, note: string): Promise<void>;
}

/**
 * The journal of clients, opened without one: for tools that settle orders with the vendors. Clients
 * may write to the same file meanwhile.
 */
export class Journal {
  private constructor();

  /**
   * Opens a journal file, or makes an empty one. Rejects with `storage` where it cannot be used.
   *
   * @param path a path, or a `file:` URL
   */
  static open(path: string | Address): Promise<Journal>;

  /** Closes the file; later calls reject with `closed`. */
  close(): void;

  /** {@link Journal.close}, for `using`. */
  [Symbol.dispose](): void;
}
export interface Journal extends JournalOrders {}

/**
 * Why a call did not give a result, with everything that is known about it. It shows no card number,
 * ID number, name, secret or image, neither in its message nor in its properties; only
 * {@link ErrorFacts.candidates} holds card numbers, and is not shown with it.
 */
export class CardwireError extends Error {
  /** For tests of code that handles errors; the library's own come from calls. */
  constructor(message: string, facts?: Partial<ErrorFacts>, options?: { cause?: unknown });
  readonly name: 'CardwireError';
  /** The kind's stable number. */
  readonly code: number;
  /** The facts of the call alone: who answered, order number, request ids, `sent`, `billed`, attempts. */
  readonly facts: CallFacts;
  /** The network's failure: the step, with host, port and reason. */
  readonly cause?: NetworkCause | Error;
  toJSON(): Record<string, unknown>;
}
export interface CardwireError extends ErrorFacts {}

/**
 * The step of the network at which a request failed, as the `cause` of a {@link CardwireError}. It holds no
 * secret and no personal datum: of an address only its host and port.
 */
export interface NetworkCause extends Error {
  readonly name: 'NetworkCause';
  readonly step: 'resolve' | 'connect' | 'proxy' | 'tls' | 'send' | 'receive';
  /** The vendor's, or the proxy's, as the configuration names it. */
  readonly host: string;
  readonly port: number;
  /** In English: the operating system's, TLS's, or the proxy's status. */
  readonly reason: string;
  /** The operating system's number for it, an `errno`. */
  readonly osError: number | null;
  /** As in Node's own errors, such as `ECONNREFUSED` or `ENOTFOUND`. */
  readonly code?: string;
}

/** The fields of a {@link CardwireError} beside its message, its number and its cause. */
export interface ErrorFacts extends CallFacts {
  readonly kind: Kind;
  /** The argument that was refused, for `invalid_argument`. */
  readonly argument: string | null;
  /**
   * The file that could not be used, where the error is about one; long numbers and what is not ASCII
   * are masked. `cause` is Node's own error, with its `code` such as `ENOENT`.
   */
  readonly path: string | null;
  /** The operating system's number for why it could not be used. */
  readonly osError: number | null;
  /** The vendor's own code, as it came. */
  readonly vendorCode: string | null;
  /** The vendor's own text, cut and masked. */
  readonly vendorMessage: string | null;
  /** The HTTP status of the answer, where there was one. */
  readonly httpStatus: number | null;
  /** True where the same call, unchanged, may succeed later and cannot have been billed by this one. */
  readonly retryable: boolean;
  /** The time to wait before the next try, where it is known. */
  readonly retryAfterMs: number | null;
  /**
   * The order that the vendor answered before, for `already_answered`, or that runs, for `already_running`.
   * Its `sent` and `billed` are those of that order, the error's own those of the call that ended with it.
   */
  readonly order: OrderRecord | null;
  /**
   * The numbers that may stand on the card, the likeliest first, none of them read with confidence: of a
   * `card_not_found` of the vendor `offline`. They are personal data, and in none of the error's texts:
   * `JSON.stringify` leaves them out.
   */
  readonly candidates: readonly NumberCandidate[];
}

/** The findings about the digits of a card number. */
export interface CardNumberCheck {
  /** True where it is 12 to 19 digits, blanks and dashes between them aside. */
  readonly wellFormed: boolean;
  /** True where the last digit is the Luhn check digit. Some issued cards fail this. */
  readonly luhn: boolean;
}

/** The findings about the characters of a resident identity number. */
export interface IdNumberCheck {
  /** True where it is 17 digits and a digit or `X`, or the 15 digits of before 1999. */
  readonly wellFormed: boolean;
  /** True where the last character is the check character; `false` for 15 digits. */
  readonly checksum: boolean;
  /** True where the digits that state the birth date are a date from 1900 to 2099. */
  readonly birthDate: boolean;
}

/** The findings about an image, and which vendors take it. */
export interface ImageCheck {
  readonly format: ImageFormat;
  /** Width in pixels, as the header states it; 0 where it does not. */
  readonly width: number;
  /** Height in pixels, as the header states it; 0 where it does not. */
  readonly height: number;
  /** Size in bytes. */
  readonly bytes: number;
  /** What a look at the photo showed; `null` where its header alone was read. */
  readonly look: PhotoLook | null;
  /**
   * Each vendor that reads card photos: `null` where it takes this one as it is, else what it refuses. A call
   * makes the photo fit where it can.
   */
  readonly vendors: readonly { readonly vendor: Vendor; readonly error: CardwireError | null }[];
}

/** Checks the form of a card number. Nothing is sent. */
export function checkCardNumber(cardNumber: string): CardNumberCheck;

/** Checks the form of a resident identity number. Nothing is sent. */
export function checkIdNumber(idNumber: string): IdNumberCheck;

/**
 * Checks an image against each vendor's limits. Nothing is sent.
 *
 * @throws CardwireError of kind `invalid_argument` where the bytes are no image that any vendor takes
 */
export function checkImage(image: ImageBytes, options?: { readonly look?: false }): ImageCheck;

/**
 * Checks an image as above, and looks at it, in some tenths of a second beside the event loop: `look` of the
 * check says whether its number can be read, and if not, whether it shows no card, is not sharp or is cut.
 *
 * The promise is rejected with a CardwireError of kind `invalid_argument` where the bytes are no image that any
 * vendor takes, are damaged, or have more pixels than the vendor `offline` takes; of kind `unsupported` where the
 * native module was built without the feature `offline`.
 */
export function checkImage(image: ImageBytes, options: { readonly look: true }): Promise<ImageCheck>;

/** The version of the library. */
export const version: string;
