// Compiled, never run: what a program may write against the types, and what it may not.

import { CardwireError, Client, Journal, checkCardNumber, checkIdNumber, checkImage, version } from 'cardwire';
import {
  ScriptedClient,
  cardLookup,
  error,
  order,
  recognition,
  startSandbox,
  useSandbox,
  verification,
  type Counts,
  type Sandbox,
  type ScriptedCall,
} from 'cardwire/testing';
import { openTelemetry } from 'cardwire/opentelemetry';
import type { AccountHealth, BatchInput, BatchItem, ClientEvent, Config, Image, Issuer, Kind, NumberCandidate, OrderRecord, Outcome, PhotoLook, Point, Recognition, Verification } from 'cardwire';

const config: Config = {
  vendors: [
    { vendor: 'offline' },
    { vendor: 'tencent_kyc', app_id: 'IDAXXXXX', secret: { env: 'KYC_SECRET' } },
    { vendor: 'wechat', app_id: 'wx0', app_secret: { file: '/run/secrets/wechat' }, name: 'second' },
    {
      vendor: 'tencent_faceid',
      secret_id: 'x',
      secret_key: { file: '/run/secrets/key' },
      signature: 'HmacSHA256',
      encryption: { algorithm: 'SM4-GCM' },
      requests_per_second: 20,
    },
    { vendor: 'aliyun_yhkr', app_code: { env: 'CODE' }, stage: 'TEST', daily_quota: 0 },
  ],
  timeout_ms: 10_000,
  token_store: 'rediss://redis.internal:6380/0',
  retry: { attempts: 2, base_ms: 50, breaker: false },
  failover: { recognize: ['offline', 'second'], also: ['unrecognized'] },
  issuers: { file: 'issuers.csv', built_in: false },
};
const stores: Config['token_store'][] = ['memory', 'redis://127.0.0.1', { env: 'REDIS' }];
// @ts-expect-error no such store
const nowhere: Config['token_store'] = 'memcached://x';
// @ts-expect-error the key is timeout_ms
const late: Config = { vendors: [], timeout: 5 };
// @ts-expect-error this vendor has no app_code
const other: Config = { vendors: [{ vendor: 'wechat', app_code: 'x' }] };
// @ts-expect-error nothing is sent by this machine
const nothing: Config = { vendors: [{ vendor: 'offline', base_url: 'https://ocr.example' }] };
// @ts-expect-error a secret is missing
const bare: Config = { vendors: [{ vendor: 'tencent_kyc', app_id: 'x' }] };
console.log(stores, nowhere, late, other, nothing, bare);

/** Every form in which a program has a photo. */
export async function photos(client: Client, handle: { readFile(): Promise<Uint8Array> }): Promise<void> {
  const response = await fetch('https://cards.example/1.jpg');
  const node = {
    pipe(): void {},
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {},
  };
  for (const image of [new Blob([]), new File([], 'x'), response, node, handle, new DataView(new ArrayBuffer(1))]) {
    await client.recognize(image);
  }
  if (response.body) await client.recognize(response.body);
  // @ts-expect-error a promise of bytes is awaited first
  await client.recognize(response.arrayBuffer());
  // @ts-expect-error numbers are no photo
  await client.recognize([1, 2, 3]);
}

function told(event: ClientEvent): string {
  switch (event.event) {
    case 'attempt_started':
      return `${event.operation} ${event.attempt}`;
    case 'attempt_ended':
      return `${event.outcome} ${event.vendorCode ?? ''} ${event.milliseconds}`;
    case 'order_written':
      return `${event.orderId} ${event.state}`;
    case 'token_refreshed':
      return event.account;
    case 'call_started':
      return `${event.call} ${event.level}`;
    case 'call_ended':
      return `${event.orderId ?? ''} ${event.billed} ${event.attempts}`;
    case 'request_refused':
      return `${event.reason satisfies string} ${event.outcome}`;
    case 'rate_permit_waited':
      return `${event.milliseconds}`;
    case 'quota_unit_taken':
      return `${event.quotaLeft} of ${event.quotaLimit}`;
    case 'breaker_changed':
      return `${event.breakerBefore} ${event.breakerAfter satisfies 'closed' | 'open' | 'half_open'}`;
  }
}

export async function use(photos: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  using client = new Client(config, { onEvent: (event) => void told(event) });
  const card: Recognition = await client.recognize('card.jpg', { vendor: 'wechat', timeoutMs: 500, signal });
  const number: string = card.cardNumber;
  const photo: Uint8Array | null = card.numberPhoto;
  const corner: Point | undefined = card.corners[0];
  const sure: boolean = (card.confidence ?? 0) >= 0.99 && card.issuerSource === 'table';
  new Client(config, { onEvent: openTelemetry() }).close();
  const [health]: readonly AccountHealth[] = client.health();
  console.log(health?.breaker, health?.blocks[0]?.untilMs);
  const issuer: Issuer | null = client.lookupIssuer(number);
  console.log(corner?.x, sure, issuer?.name, issuer?.cardKind === 'debit');
  const month: number | null | undefined = card.validThru?.month;
  await client.recognize(new Uint8Array(3));
  await client.recognize(new ArrayBuffer(3));
  await client.recognize(new URL('https://cards.example/1.jpg'), { vendors: ['wechat', 'second'] });

  const verified: Verification = await client.verify({ cardNumber: number, name: '张三', idNumber: null });
  const outcome: Outcome = verified.outcome;
  if (outcome === 'match') console.log(verified.attempts[0]?.milliseconds, photo, month);
  // @ts-expect-error the outcome is text, with three values
  if (outcome === true) return;
  // @ts-expect-error a number cannot hold 19 digits
  await client.verify({ cardNumber: 6222020000000000000, name: '张三' });
  // @ts-expect-error the option is timeoutMs
  await client.lookupCard(number, { timeout: 5 });
  // @ts-expect-error results are read-only
  card.cardNumber = '';

  const order = await client.fetchOrder('order1', { timeoutMs: 500 });
  const length: number | undefined = order.originalPhoto?.byteLength;
  for await (const { index, result, error } of client.recognizeMany(photos, { concurrency: 64 })) {
    if (error === null) console.log(index, result.cardNumber, length);
    else if (error instanceof CardwireError) console.log(error.kind);
  }
  for await (const item of client.verifyMany([{ cardNumber: number, name: '张三' }])) {
    const kept: BatchItem<Verification> = item;
    console.log(kept.result?.outcome);
  }
  // @ts-expect-error each call of a batch has an order number of its own
  client.verifyMany([], { orderId: 'x' });
  // @ts-expect-error and a reference of its own
  client.verifyMany([], { reference: 'x' });
}

export async function goOn(client: Client, paths: readonly string[]): Promise<string[]> {
  const answered: string[] = [];
  const inputs = paths.map((path) => ({ input: path, reference: path }));
  for await (const { error } of client.recognizeMany(inputs, { skipAnswered: true })) {
    if (error instanceof CardwireError && error.order) answered.push(error.order.orderId);
  }
  const named: BatchInput<Image> = { input: new Uint8Array(1), orderId: 'order1', reference: null };
  client.recognizeMany([named, 'card.jpg', Promise.resolve(named)]);
  client.verifyMany([{ cardNumber: '6', name: '张三' }, { input: { cardNumber: '6', name: '张三' }, reference: 'row 1' }]);
  await client.lookupCard('6', { reference: 'row 1', skipAnswered: true });
  // @ts-expect-error the property is reference
  client.recognizeMany([{ input: 'card.jpg', name: 'card.jpg' }]);
  // @ts-expect-error what is fetched is not billed
  await client.fetchOrder('order1', { skipAnswered: true });
  return answered;
}

export async function settle(client: Client): Promise<void> {
  const listed: readonly OrderRecord[] = await client.orders({ status: 'unknown', sinceMs: Date.now(), limit: 5 });
  using journal = await Journal.open(new URL('file:///tmp/orders.journal'));
  for (const { orderId, createdMs } of await journal.unknownOrders()) {
    await journal.reconcileOrder(orderId, `seen ${createdMs}`);
  }
  console.log(listed.length, (await journal.findOrder('order1'))?.note);
  // @ts-expect-error no such status
  await client.orders({ status: 'lost' });
  // @ts-expect-error a journal is opened
  new Journal();
}

export function failed(error: unknown): [Kind, number] | undefined {
  if (!(error instanceof CardwireError)) return undefined;
  if (error.billed === 'no' && error.retryable) console.log(error.retryAfterMs, error.attempts.length);
  const [likeliest]: readonly NumberCandidate[] = error.candidates;
  if (likeliest) console.log(likeliest.maskedCardNumber, likeliest.confidence);
  return [error.kind, error.code];
}

const made = new CardwireError('busy', { kind: 'vendor_unavailable' }, { cause: 1 });
const takers: boolean = checkImage(new Uint8Array(1)).vendors.every(({ error }) => error === null);
const looked: Promise<PhotoLook | null> = checkImage(new Uint8Array(1), { look: true }).then(({ look }) => look);
looked.catch(console.error);
console.log(checkCardNumber('6').luhn, checkIdNumber('1').birthDate, version, made.message, takers);

export async function tested(): Promise<number> {
  await using sandbox: Sandbox = await startSandbox('--settings', '{}');
  await sandbox.script('wechat', { operation: 'recognize', code: '45011', times: 0 });
  await sandbox.script('wechat', { fault: { kind: 'delay_ms', n: 5 } });
  const client: Client = new ScriptedClient(
    [
      recognition({ cardNumber: '6222020000000000000', billed: 'yes', warnings: [{ kind: 'glare', code: '-9112' }] }),
      verification({ outcome: 'mismatch', reason: 'cardholder_mismatch', raw: { code: 1 } }),
      cardLookup({ found: false, reason: 'no_record' }),
      order({ orderId: 'order1' }),
      error('timeout', { sent: 'unknown', cause: { step: 'connect', host: 'a', port: 1, reason: 'b' } }),
    ],
    { accounts: { second: 'wechat' } },
  );
  await client.recognize(await sandbox.cardPhoto({ number: '6222020000000000000', answer: { wechat: '101001' } }));
  const counts: Counts = await sandbox.counts('wechat');
  const scripted = new ScriptedClient([]);
  const call: ScriptedCall | undefined = scripted.calls[0];
  new Client(sandbox.configFor(['wechat', 'aliyun_yhkr'], { timeout_ms: 5 }));
  useSandbox({ beforeAll: () => 0, beforeEach: () => 0, afterAll: () => 0 });
  // @ts-expect-error a number is needed
  recognition({});
  // @ts-expect-error no such field
  recognition({ cardNumber: '6222020000000000000', cardNunber: '1' });
  // @ts-expect-error no such outcome
  verification({ outcome: 'maybe' });
  // @ts-expect-error a script holds results and errors
  new ScriptedClient(['match']);
  return counts.billed + (call?.orderId?.length ?? 0) + (await sandbox.billed());
}
