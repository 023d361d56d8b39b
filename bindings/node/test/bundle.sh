#!/bin/sh
# Bundles a program with each bundler as README.md says, and runs it; without the recipe the error names it.
# Runs a jest test in the environment jsdom, whose built-in classes are others. Installs both under build/.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
work=${CARDWIRE_BUILD_DIR:-$folder/../../build}/node/bundlers
export npm_config_loglevel=error npm_config_audit=false npm_config_fund=false
mkdir -p "$work"
cp "$folder/test/bundlers/package.json" "$work/"
cd "$work"
npm install --silent --no-package-lock --prefer-offline
# The package as it is packed in a checkout.
rm -f cardwire-*.tgz
(cd "$folder" && npm pack --silent --pack-destination "$work" >/dev/null)
npm install --silent --no-save --offline ./cardwire-*.tgz
cp "$folder/test/bundlers/"*.js "$folder/test/bundlers/"*.mjs .

# The commands and settings of README.md, as they stand there.
recipe() { # bundler
    awk -v want="<!-- bundler: $1 -->" '$0 == want { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' "$folder/README.md"
}
failed=0
runs() { # name, file
    said=$(node "$2" 2>&1) || true
    [ "$said" = "true" ] && echo "$1: bundled and run" || { echo "FAILED: $1: $(echo "$said" | cut -c 1-400)"; failed=1; }
}
for bundler in esbuild webpack vite; do
    [ -n "$(recipe "$bundler")" ] || { echo "FAILED: README.md has no recipe for $bundler"; failed=1; }
done
recipe webpack >webpack.config.js
recipe vite >vite.config.mjs
eval "$(recipe esbuild)"
npx --no-install webpack >webpack.log || { cat webpack.log; failed=1; }
npx --no-install vite build >vite.log || { cat vite.log; failed=1; }
runs esbuild dist/esbuild.js
runs webpack dist/webpack.js
runs vite dist/vite.mjs

# What is bundled with the rest says so.
npx --no-install esbuild program.js --bundle --platform=node --log-level=error --outfile=dist/whole.js
npx --no-install webpack --config whole.webpack.js >webpack.log
for file in whole.js whole.webpack.js; do
    node "dist/$file" 2>&1 | grep -q 'Error: cardwire was put into a bundle.*externals.*--external:cardwire' ||
        { echo "FAILED: dist/$file does not say that cardwire is in a bundle"; failed=1; }
done

PHOTO=$folder/../../tests/images/icbc-debit.jpg npx --no-install jest --silent >jest.log 2>&1 || { cat jest.log; failed=1; }
grep '^Tests:' jest.log
exit $failed
