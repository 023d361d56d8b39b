// The same package through CommonJS types.

import cardwire = require('cardwire');
import testing = require('cardwire/testing');

export async function use(): Promise<string> {
  const client: cardwire.Client = new cardwire.Client('{}');
  const { outcome } = await client.verify({ cardNumber: '6222020000000000000', name: '张三' });
  client.close();
  const scripted: cardwire.Client = new testing.ScriptedClient([testing.verification({ outcome: 'match' })]);
  scripted.close();
  return outcome;
}
