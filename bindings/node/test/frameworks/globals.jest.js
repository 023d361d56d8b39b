'use strict';

// Under jest, with its globals.

const { CardwireError, Client } = require('cardwire');
const { ScriptedClient, error, recognition, useSandbox } = require('cardwire/testing');

const sandbox = useSandbox();

for (const time of ['once', 'again']) {
  test(`each test has the sandbox as new: ${time}`, async () => {
    expect(await sandbox.ledger()).toEqual([]);
    const client = new Client(sandbox.config);
    const card = await client.recognize(await sandbox.cardPhoto(), { vendors: ['tencent_ocr'] });
    expect(card.cardNumber).toBe('6222020000000000000');
    expect(await sandbox.billed()).toBe(1);
  });
}

test('a script answers', async () => {
  const answers = [recognition({ cardNumber: '6222020000000000000' }), error('timeout', { sent: 'unknown' })];
  const client = new ScriptedClient(answers);
  const photo = await sandbox.cardPhoto();
  expect(await client.recognize(photo)).toMatchObject({ cardNumber: answers[0].cardNumber, sent: 'yes' });
  await expect(client.recognize(photo)).rejects.toThrow(CardwireError);
  expect(client.calls).toHaveLength(2);
});
