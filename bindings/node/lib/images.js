'use strict';

// Card photos in the forms that JavaScript has them. What a value is, is asked of Node and of its
// methods: a class of another realm (a test environment, a vm context, a worker's message) is another.

const { types } = require('node:util');
const { limits } = require('./contract.js');
const { CardwireError, invalid } = require('./errors.js');
const { className, text, wrongType } = require('./values.js');

const WANTED = 'bytes, a path, a URL, a Blob, a File, a Response or a stream';

/** The bytes of a view or a buffer; nothing for another value. */
function bytesOf(value) {
  // A detached buffer cannot be viewed: it is as empty as it says.
  if (types.isArrayBuffer(value)) return value.byteLength === 0 ? new Uint8Array(0) : new Uint8Array(value);
  // Of wider elements nobody knows the order of their bytes.
  if (!ArrayBuffer.isView(value) || (value.BYTES_PER_ELEMENT ?? 1) !== 1) return undefined;
  const { buffer, byteOffset, byteLength } = value;
  if (byteLength === 0) return new Uint8Array(0);
  // Another thread may write to shared memory: the native half is given a copy of its own.
  if (types.isSharedArrayBuffer(buffer)) return new Uint8Array(buffer, byteOffset, byteLength).slice();
  return types.isUint8Array(value) ? value : new Uint8Array(buffer, byteOffset, byteLength);
}

function isUrl(value) {
  return typeof value?.href === 'string' && typeof value.protocol === 'string';
}

/** The path in a `file:` URL. */
function pathOf(url) {
  return require('node:url').fileURLToPath(String(url.href));
}

function imageBytes(value) {
  const bytes = bytesOf(value);
  if (!bytes) throw wrongType('image', 'a Buffer, another view of bytes or an ArrayBuffer', value);
  return bytes;
}

/** The functions that start a recognition, `(target, ...call) => void`: the library's of a client, or a batch's. */
const ofBytes = (bytes) => (target, ...call) => target.recognizeBytes(...call, bytes);
const ofPath = (path) => (target, ...call) => target.recognizePath(...call, path);
const ofUrl = (url) => (target, ...call) => target.recognizeUrl(...call, url);

/**
 * How to start a recognition of this image; a promise of it where the image has to be read first. `onEnd(ended)` has
 * `ended(error)` called when the call is to end meanwhile, and returns what takes that back.
 */
function image(value, onEnd) {
  const bytes = bytesOf(value);
  if (bytes) return ofBytes(bytes);
  if (typeof value === 'string') return ofPath(text('image', value));
  if (isUrl(value)) {
    return value.protocol === 'file:' ? ofPath(pathOf(value)) : ofUrl(text('image', String(value.href)));
  }
  const read = reading(value);
  if (!read) throw wrongType('image', WANTED, value);
  return limited(value, read, onEnd).then(ofBytes);
}

/** Returns whether an object is a photo in one of its forms. */
function isImage(value) {
  return bytesOf(value) !== undefined || isUrl(value) || reading(value) !== undefined;
}

/** Returns a function that reads an image that is not in memory yet, until its signal aborts. */
function reading(value) {
  if (value === null || typeof value !== 'object') return undefined;
  if (typeof value.then === 'function') throw new TypeError('image is a promise: await it first');
  // Response before Blob: both have `arrayBuffer`.
  if (typeof value.arrayBuffer === 'function' && 'bodyUsed' in value) return (signal) => ofResponse(value, signal);
  if (isBlob(value)) return () => ofBlob(value);
  if (typeof value.getReader === 'function') return (signal) => ofWebStream(value, signal);
  if (typeof value.readFile === 'function') return (signal) => ofFile(value, signal);
  if (typeof value.pipe === 'function' && typeof value[Symbol.asyncIterator] === 'function') {
    return (signal) => ofStream(value, signal);
  }
  return undefined;
}

async function ofBlob(blob) {
  if (blob.size > limits.image_bytes) throw tooLarge();
  if (typeof blob.arrayBuffer === 'function') return blob.arrayBuffer();
  // That of jsdom is read as browsers read one before it had the method.
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });
}

/** A file that the caller opened and closes. A device has no end, so it is read in pieces. */
async function ofFile(file, signal) {
  if (typeof file.createReadStream === 'function') return ofStream(file.createReadStream({ autoClose: false }), signal);
  return collected([await file.readFile()]);
}

function isBlob(value) {
  const read = typeof value.arrayBuffer === 'function' || typeof FileReader === 'function';
  return read && typeof value.size === 'number' && typeof value.slice === 'function';
}

async function ofResponse(response, signal) {
  if (response.ok === false) {
    throw invalid('image', 'a response with a photo', `one with the status ${Number(response.status)}`);
  }
  if (response.bodyUsed) throw invalid('image', 'a response whose body was not read', 'one that was');
  return response.body ? ofWebStream(response.body, signal) : response.arrayBuffer();
}

async function ofWebStream(stream, signal) {
  // A body of another library may be a stream of Node's.
  if (typeof stream.getReader !== 'function') return ofStream(stream, signal);
  if (stream.locked) throw invalid('image', 'a stream that nobody else reads', 'a locked one');
  const reader = stream.getReader();
  const next = () => reader.read();
  signal.addEventListener('abort', () => reader.cancel().catch(() => {}));
  return collected({ [Symbol.asyncIterator]: () => ({ next, return: () => reader.cancel() }) });
}

async function ofStream(stream, signal) {
  if (stream.destroyed || stream.readableEnded) {
    throw invalid('image', 'a stream that was not read', 'one that was, or is closed');
  }
  signal.addEventListener('abort', () => stream.destroy?.());
  return collected(stream);
}

/** Returns the bytes of a stream, in one piece. */
async function collected(stream) {
  const pieces = [];
  let size = 0;
  for await (const piece of stream) {
    const bytes = bytesOf(piece);
    if (!bytes) throw invalid('image', 'a stream of bytes without an encoding', `one of ${className(piece)}`);
    size += bytes.byteLength;
    if (size > limits.image_bytes) throw tooLarge();
    pieces.push(bytes);
  }
  return Buffer.concat(pieces, size);
}

function tooLarge() {
  return invalid('image', `at most ${limits.image_bytes} bytes`, 'more');
}

/** Ends a stream that will not be read. */
async function discarded(image) {
  // A request of Express has a body as well, which is no stream.
  if (Object(image) !== image) return;
  const stream = 'bodyUsed' in image ? image.body : image;
  if (typeof stream?.getReader === 'function') {
    if (!stream.locked) await stream.cancel();
  } else if (typeof stream?.pipe === 'function') {
    // One that opens a file tells of its failure even then, and nobody else listens.
    stream.on?.('error', () => {});
    stream.destroy?.();
  }
}

/** Returns what is read of an image, unless the call is to end first: then no more is read. */
async function limited(image, read, onEnd) {
  const reading = new AbortController();
  let unlisten;
  const ended = new Promise((_, reject) => {
    unlisten = onEnd((error) => {
      reject(error);
      reading.abort();
    });
  });
  try {
    if (reading.signal.aborted) discarded(image).catch(() => {});
    return bytesOf(await (reading.signal.aborted ? ended : Promise.race([read(reading.signal), ended])));
  } catch (cause) {
    if (cause instanceof CardwireError) throw cause;
    const facts = { kind: 'invalid_argument', argument: 'image' };
    throw new CardwireError('image: expected a photo that can be read, found the failure that is the cause', facts, { cause });
  } finally {
    unlisten();
  }
}

module.exports = { bytesOf, discarded, image, imageBytes, isImage, isUrl, pathOf };
