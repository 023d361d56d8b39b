#!/bin/sh
# Checks the Go package against the C library as it is installed: format, vet, the tests under the race detector and
# with the static library, conformance and redaction; and builds a program outside the repository. Needs Go 1.21 or
# newer, a C compiler, pkg-config and cargo. CARDWIRE_BUILT may name the folder of what `make native` built.
set -eu

folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$folder/../.." && pwd)
build=${CARDWIRE_BUILD_DIR:-$root/build}/go

if [ -z "${CARDWIRE_BUILT:-}" ]; then
    make --no-print-directory -C "$root" native
    CARDWIRE_BUILT=${CARGO_TARGET_DIR:-$root/target}/ci
fi
CARDWIRE_SANDBOX=$CARDWIRE_BUILT/cardwire-sandbox
export CARDWIRE_SANDBOX

# A prefix of its own: the tests of C remove and install theirs, perhaps at this moment.
rm -rf "$build"
"$root/ffi/package/install.sh" "$build/prefix" "$CARDWIRE_BUILT"
PREFIX=$build/prefix
. "$folder/environment.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
driver=$root/tests/conformance/drivers/driver.go
cd "$folder"

unformatted=$(gofmt -l . "$driver")
if [ -n "$unformatted" ]; then
    echo "not as gofmt writes it: $unformatted"
    exit 1
fi
go vet ./...
go vet "$driver"
echo "gofmt, go vet: clean"

if CGO_ENABLED=0 go build . 2>"$work/log" || [ "$(grep -c undefined "$work/log")" != 1 ]; then
    cat "$work/log"
    echo "expected one error that names CGO_ENABLED"
    exit 1
fi

go test -race ./...
go test -tags cardwire_static -run 'Example|Verifies|Journal' . >"$work/log" || {
    cat "$work/log"
    exit 1
}
sed 's/$/ (static library)/' "$work/log"

go build -o "$build/driver" "$driver"
"$CARDWIRE_BUILT/cardwire-conformance" --folder "$work/conformance" "Go=$build/driver"
"$CARDWIRE_BUILT/cardwire-redaction" --folder "$work/redaction" "Go=$build/driver,--render"

# Outside the repository: a module that takes the package by its path.
mkdir "$work/outside"
cp examples/demo.go "$root/tests/images/icbc-debit.jpg" "$work/outside"
cd "$work/outside"
go mod init outside 2>/dev/null
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -1)
go mod edit -require "cardwire.io/cardwire@v$version" -replace "cardwire.io/cardwire=$folder"
go build -o demo .
mkfifo stdin
"$CARDWIRE_SANDBOX" --exit-with-stdin --config-file config.json <stdin >stdout &
exec 9>stdin
while ! grep -q '^admin ' stdout; do sleep 0.1; done
row=$(./demo config.json icbc-debit.jpg recognize wechat)
exec 9>&-
wait
echo "$row"
case $row in
*'"billed":"yes","card":"622202*********0000"'*) echo "the module works outside the repository" ;;
*) exit 1 ;;
esac
