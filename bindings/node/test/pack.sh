#!/bin/sh
# Packs the main package and the one of this platform, as they are published, installs both into an
# empty project outside the repository, and uses them there; and the main package alone, as it is packed in
# a checkout.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export npm_config_loglevel=error npm_config_audit=false npm_config_fund=false npm_config_offline=true

mkdir "$work/tarballs" "$work/project" "$work/main"
"$folder/package.py" --to "$work/tarballs" "$folder"/cardwire.*.node >/dev/null
cp "$folder/package.json" "$folder/prepack.js" "$work/main/"
if (cd "$work/main" && npm pack --silent >/dev/null 2>&1); then
    echo "a checkout without a native module was packed"
    exit 1
fi

mkdir "$work/alone" "$work/checkout"
(cd "$folder" && npm pack --silent --pack-destination "$work/checkout" >/dev/null)
cd "$work/alone"
echo '{"name": "alone", "private": true}' >package.json
npm install --silent "$work"/checkout/*.tgz
node -e "if (!require('cardwire').checkCardNumber('6222020000000000000').luhn) throw new Error('luhn')"
echo "packed in a checkout, installed and loaded"

cd "$work/project"
echo '{"name": "project", "private": true}' >package.json
npm install --silent "$work"/tarballs/*.tgz
[ ! -e node_modules/cardwire/cardwire.*.node ] || { echo "the main package carries a native module"; exit 1; }
for file in README.md LICENSE index.d.ts index.d.mts; do
    [ -f "node_modules/cardwire/$file" ] || { echo "the package lacks $file"; exit 1; }
done
cat >check.cjs <<'JS'
const { Client, checkCardNumber, version } = require('cardwire');
const { ScriptedClient, cardLookup } = require('cardwire/testing');
const { vendors } = { vendors: [{ vendor: 'aliyun_yhkr', app_code: 'x', base_url: 'http://127.0.0.1:9' }] };
const client = new Client({ vendors });
if (!checkCardNumber('6222020000000000000').luhn) throw new Error('luhn');
new ScriptedClient([cardLookup({ found: true })]).lookupCard('6222020000000000000').then(({ found }) => {
  if (!found) throw new Error('scripted');
});
client.lookupCard('6222020000000000000').catch(({ kind }) => {
  if (kind !== 'unsupported') throw new Error(kind);
  console.log(`installed and loaded through require: cardwire ${version}`);
});
JS
cat >check.mjs <<'JS'
import { Client, version } from 'cardwire';
import { recognition } from 'cardwire/testing';

if (recognition({ cardNumber: '6222020000000000000' }).billed !== 'yes') throw new Error('made');
try {
  new Client({ vendors: [] });
} catch ({ kind }) {
  if (kind !== 'invalid_config') throw new Error(kind);
  console.log(`installed and loaded through import: cardwire ${version}`);
}
JS
env -u NODE_PATH PATH="$(dirname "$(command -v node)"):/usr/bin:/bin" node check.cjs
env -u NODE_PATH PATH="$(dirname "$(command -v node)"):/usr/bin:/bin" node check.mjs
node_modules/.bin/cardwire check card-number 6222020000000000000 >/dev/null
