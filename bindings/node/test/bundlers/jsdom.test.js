/** @jest-environment jsdom */
// The environment has built-in classes of its own: of bytes, errors, URLs, blobs and signals.
const fs = require('fs');
const { CardwireError, Client, checkImage } = require('cardwire');

const photo = fs.readFileSync(process.env.PHOTO);
const config = {
  vendors: [{ vendor: 'aliyun_bankocr', app_code: 'x', base_url: 'http://127.0.0.1:9' }],
  retry: { attempts: 1 },
};

test('bytes of each realm are bytes', () => {
  expect(photo instanceof Uint8Array).toBe(false);
  const own = new Uint8Array(photo);
  for (const image of [photo, own, own.buffer, new DataView(own.buffer)]) expect(checkImage(image).format).toBe('jpeg');
});

test('calls take the values of the environment', async () => {
  const client = new Client(config);
  const images = [photo, new Uint8Array(photo), new URL('https://cards.example/1.jpg'), new Blob([new Uint8Array(photo)])];
  for (const image of images) {
    const error = await client.recognize(image, { signal: new AbortController().signal }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CardwireError);
    expect(error).toBeInstanceOf(Error);
    expect([error.kind, error.message]).toEqual(['network', error.message]);
  }
  const kinds = [];
  for await (const { error } of client.recognizeMany(images)) kinds.push(error.kind);
  expect(kinds).toEqual(['network', 'network', 'network', 'network']);
  client.close();
});
