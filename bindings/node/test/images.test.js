'use strict';

// Card photos in every form in which programs have them.

const assert = require('node:assert/strict');
const { createReadStream, readFileSync } = require('node:fs');
const { open } = require('node:fs/promises');
const http = require('node:http');
const { Readable } = require('node:stream');
const { after, before, test } = require('node:test');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { CardwireError, Client, checkImage } = require('cardwire');
const { PERSON, PHOTO, start } = require('./support/sandbox.js');

const photo = readFileSync(PHOTO);
const base64 = photo.toString('base64');
let sandbox;
let client;

before(async () => {
  sandbox = await start();
  client = new Client(sandbox.config);
});
after(async () => {
  client.close();
  await sandbox.stop();
});

async function reads(image, about) {
  const { cardNumber } = await client.recognize(image, { vendor: 'tencent_kyc' });
  assert.equal(cardNumber, PERSON.cardNumber, about);
}

async function refused(image, says, options) {
  const { length } = await sandbox.ledger();
  const error = await client.recognize(image, options).then(() => assert.fail('it was taken'), (thrown) => thrown);
  assert.ok(error instanceof CardwireError, `${error}`);
  assert.equal(error.kind, 'invalid_argument');
  assert.equal(error.argument, 'image');
  assert.match(error.message, says);
  assert.equal((await sandbox.ledger()).length, length);
  return error;
}

function pieces() {
  return [photo.subarray(0, 1000), photo.subarray(1000, 1001), photo.subarray(1001)];
}

function webStream(chunks) {
  return new ReadableStream({
    start(controller) {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}

test('bytes in every view of them', async () => {
  const copy = new Uint8Array(photo);
  const shared = new SharedArrayBuffer(photo.length);
  new Uint8Array(shared).set(photo);
  for (const image of [photo, copy, copy.buffer, new DataView(copy.buffer), new Int8Array(copy.buffer), new Uint8Array(shared), new Uint8ClampedArray(copy)]) {
    await reads(image, Object.prototype.toString.call(image));
    assert.equal(checkImage(image).bytes, photo.length);
  }
});

test('bytes of another realm are bytes', async () => {
  const other = vm.createContext({ from: photo });
  const made = vm.runInContext(
    '({ array: new Uint8Array(from), buffer: new Uint8Array(from).buffer, view: new DataView(new Uint8Array(from).buffer) })',
    other,
  );
  for (const image of Object.values(made)) {
    await reads(image);
    assert.equal(checkImage(image).format, 'jpeg');
  }
  const controller = vm.runInContext(
    '({ aborted: false, addEventListener() {}, removeEventListener() {} })',
    other,
  );
  await client.recognize(photo, { signal: controller });
});

test('blobs, files, responses, streams and handles are read', async () => {
  await reads(new Blob([photo]), 'Blob');
  if (typeof File === 'function') await reads(new File([photo], 'card.jpg'), 'File');
  await reads(new Response(photo), 'Response');
  await reads(webStream(pieces()), 'ReadableStream');
  await reads(Readable.from(pieces(), { objectMode: false }), 'Readable');
  await reads(createReadStream(PHOTO), 'createReadStream');
  const handle = await open(PHOTO);
  await reads(handle, 'FileHandle');
  // It is the caller's still.
  assert.equal((await handle.stat()).size, photo.length);
  await handle.close();
  await reads({ readFile: async () => photo }, 'what reads like a FileHandle');
  const endless = await open('/dev/zero');
  await refused(endless, /^image: expected at most 67108864 bytes, found more$/);
  await endless.close();
  const server = http.createServer((request, response) => response.end(photo)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${server.address().port}/`;
  await reads(await fetch(address), 'fetch');
  const message = await new Promise((resolve) => http.get(address, { agent: false }, resolve));
  await reads(message, 'IncomingMessage');
  server.close();
});

test('many of them in a batch', async () => {
  const images = [new Blob([photo]), webStream(pieces()), new Response('gone', { status: 404 }), createReadStream('/no/such.jpg')];
  const items = [];
  for await (const item of client.recognizeMany(images)) items[item.index] = item;
  assert.deepEqual(items.map(({ error }) => error?.kind ?? null), [null, null, 'invalid_argument', 'invalid_argument']);
  assert.equal(items[3].error.cause.code, 'ENOENT');
});

test('data and file addresses, as URL and as text', async () => {
  for (const text of [`data:image/jpeg;base64,${base64}`, `DATA:;base64,${base64.replace(/=+$/, '')}`]) {
    await reads(text);
    await reads(new URL(text));
  }
  const address = pathToFileURL(PHOTO);
  await reads(address);
  await reads(String(address));
  await reads(`FILE://${PHOTO}`);
});

test('what cannot be read says why', async () => {
  await refused('HTTPS://cards.example/1.jpg', /expected the path of a file, found an http address/);
  await refused('s3://bucket/1.jpg', /found an address/);
  const text = await refused(base64, /found base64 text/);
  assert.ok(text.message.length < 200);
  await refused('data:image/jpeg;base64,/9j/4', /base64 after its comma/);
  await refused(new Response('x', { status: 503 }), /status 503/);
  const used = new Response(photo);
  await used.arrayBuffer();
  await refused(used, /a response whose body was not read/);
  const ended = createReadStream(PHOTO);
  for await (const piece of ended) assert.ok(piece);
  await refused(ended, /a stream that was not read, found one that was, or is closed/);
  const locked = webStream(pieces());
  locked.getReader();
  await refused(locked, /a stream that nobody else reads/);
  await refused(Readable.from(['text']), /found one of a value of type string/);
  await refused(webStream([]), /found no bytes/);
  const broken = new Readable({ read() { this.destroy(new Error('gone')); } });
  const error = await refused(broken, /the failure that is the cause/);
  assert.equal(error.cause.message, 'gone');
  await assert.rejects(client.recognize(Promise.resolve(photo)), { name: 'TypeError', message: /await it first/ });
  await assert.rejects(client.recognize(new Map()), { name: 'TypeError', message: /not an object of Map/ });
});

test('a file that is not there is the error of Node beneath', async () => {
  const error = await refused('/no/such/card.jpg', /a photo in the file "\/no\/such\/card.jpg", found No such file/);
  assert.equal(error.path, '/no/such/card.jpg');
  assert.equal(error.osError, 2);
  assert.equal(error.cause.code, 'ENOENT');
  assert.equal(error.cause.path, '/no/such/card.jpg');
  assert.equal(error.cause.errno, -2);
  const folder = await refused(__dirname, /Is a directory/);
  assert.equal(folder.cause.code, 'EISDIR');
  const hidden = await refused(`/no/such/张三-${PERSON.cardNumber}.jpg`, /\*\*\*/);
  const shown = `${hidden.stack} ${hidden.cause.stack} ${JSON.stringify(hidden)}`;
  assert.ok(!shown.includes('张三') && !shown.includes(PERSON.cardNumber));
});

test('closing ends the reading of a stream', async () => {
  let cancelled = 0;
  let begun = () => assert.fail('it is read');
  const web = () => new ReadableStream({ pull: () => begun(), cancel: () => void cancelled++ }, { highWaterMark: 0 });
  const endless = {
    readable: () => new Readable({ read: () => begun(), destroy: (error, done) => done(error, cancelled++) }),
    web,
    response: () => new Response(web()),
  };
  const inBatch = async (own, images) => {
    for await (const { error } of own.recognizeMany(images)) if (error) throw error;
  };
  for (const make of Object.values(endless)) {
    for (const call of [(own, image) => own.recognize(image), (own, image) => inBatch(own, [image])]) {
      const own = new Client(sandbox.config);
      const before = cancelled;
      const reading = new Promise((resolve) => {
        begun = resolve;
      });
      const ended = call(own, make()).catch((error) => error);
      await reading;
      own.close();
      const { kind, message, sent } = await ended;
      assert.deepEqual([kind, message, sent], ['cancelled', 'the client was closed during the call', 'no']);
      assert.equal(cancelled, before + 1);
      begun = () => assert.fail('it is read');
      await assert.rejects(call(own, make()), { kind: 'closed' });
      assert.equal(cancelled, before + 2);
    }
  }
});

test('a closed client leaves no file open', async () => {
  const own = new Client(sandbox.config);
  own.close();
  for (const path of [PHOTO, '/no/such.jpg']) {
    const file = createReadStream(path);
    const closed = new Promise((resolve) => file.once('close', resolve));
    await assert.rejects(own.recognize(file), { kind: 'closed' });
    await closed;
  }
});

test('a signal ends the reading of a stream', async () => {
  const controller = new AbortController();
  const endless = new Readable({ read() {} });
  const read = client.recognize(endless, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(read, ({ kind, sent, cause }) => kind === 'cancelled' && sent === 'no' && cause.message === 'enough');
  assert.ok(endless.destroyed);
  const unread = new Readable({ read: () => assert.fail('it is read') });
  await assert.rejects(client.recognize(unread, { signal: controller.signal }), { kind: 'cancelled', sent: 'no' });
  assert.ok(unread.destroyed);
});

test('no stack holds a value of the call', async () => {
  const { cardNumber, name, idNumber } = PERSON;
  const calls = [
    () => client.verify({ cardNumber: `${cardNumber}x`, name, idNumber }),
    () => client.verify({ cardNumber: Number(cardNumber), name }),
    () => client.verify({ cardNumber, name: `${name}\n${name}`, idNumber }),
    () => client.verify({ cardNumber, name, idNumber: `${idNumber}\0` }),
    () => client.lookupCard(`${cardNumber}-x`),
    () => client.recognize(Buffer.from(cardNumber)),
    () => client.recognize(Readable.from([cardNumber])),
  ];
  for (const call of calls) {
    const error = await call().then(() => assert.fail(`${call}`), (thrown) => thrown);
    for (let one = error; one; one = one.cause) {
      // The frames of a stack name functions and places, and this test's own text is in none.
      const shown = `${one.stack}\n${JSON.stringify(one)}`;
      for (const value of [cardNumber, name, idNumber]) assert.ok(!shown.includes(value), `${call}: ${shown}`);
    }
  }
});
