#!/bin/sh
# Builds Cardwire's faces and their peers from the registries into build/bench, measures each in turn against
# one loopback server, and prints the table. REPEATS (2) says how often each is measured; with PART=offline only
# the reader of photos is, and the pages stay as they are. Needs cargo, gcc, libssl-dev, python3 with venv; node, a
# JDK 17 with Maven, and valgrind where they are to be measured.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/build/bench
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$(pwd)/$target ;; esac
mkdir -p "$out"
have() { command -v "$1" >/dev/null 2>&1; }
skip() { echo "not measured: $1" >&2; }

cd "$root"
built=$target/release
packages() {
    PYO3_BUILD_EXTENSION_MODULE=1 cargo build --quiet --release --lib "$@" \
        -p cardwire-ffi -p cardwire-python -p cardwire-node
}
natives() {
    rm -rf "$out/$1" && mkdir "$out/$1"
    cp "$built/libcardwire.so" "$built/libcardwire_node.so" "$out/$1"
    cp "$(ls "$built"/lib_native.so "$built"/libcardwire_python.so 2>/dev/null | head -1)" "$out/$1/libcardwire_python.so"
}
programs=--bins
[ "${PART:-all}" = all ] || programs="--bin bench-$PART"
cargo build --quiet --release $programs -p cardwire-bench
packages --no-default-features
natives without-offline
packages
natives with-offline
[ "${PART:-all}" = all ] || exec python3 "$here/run.py" "$out" "$built" "$root"

# C. Where libcurl's headers are not installed, Debian's package is unpacked, not installed.
peers=$here/peers
for peer in hand prepared; do
    flags=; [ $peer = hand ] || flags=-DPREPARED
    gcc -O3 -Wno-deprecated-declarations -Wno-unused-function $flags "$peers/c/hand.c" -o "$out/$peer" -lssl -lcrypto -lpthread
done
gcc -O2 "$peers/c/load.c" -o "$out/load" -ldl
gcc -O3 -I"$root/include" "$peers/c/cardwire.c" -o "$out/cardwire-c" -L"$built" -l:libcardwire.so -Wl,-rpath,"$out" -lpthread
cp "$built/libcardwire.so" "$out/libcardwire.so.0"
headers=/usr/include/$(gcc -print-multiarch)
if [ ! -e "$headers/curl/curl.h" ] && have apt-get; then
    (mkdir -p "$out/curl" && cd "$out/curl" && { [ -e usr ] || { apt-get -qq download libcurl4-openssl-dev 2>/dev/null &&
        dpkg -x ./*.deb .; }; }) || true
    headers=$out/curl/usr/include/$(gcc -print-multiarch)
fi
rm -f "$out/libcurl"
gcc -O3 -Wno-deprecated-declarations -I"$headers" "$peers/c/libcurl.c" -o "$out/libcurl" -l:libcurl.so.4 -lcrypto -lpthread \
    2>/dev/null || skip "libcurl (install libcurl4-openssl-dev)"

# Python: the packages in a folder of their own, ours beside them and compiled as pip would install it.
if have python3 && python3 -m venv "$out/python" 2>/dev/null; then
    "$out/python/bin/pip" install --quiet --disable-pip-version-check -r "$peers/python/requirements.txt"
    packages=$("$out/python/bin/python" -c 'import site; print(site.getsitepackages()[0])')
    rm -rf "$packages/cardwire" "$packages/cardwire-0.1.0.dist-info"
    mkdir -p "$packages/cardwire-0.1.0.dist-info"
    printf 'Metadata-Version: 2.1\nName: cardwire\nVersion: 0.1.0\n' >"$packages/cardwire-0.1.0.dist-info/METADATA"
    cp -R bindings/python/python/cardwire "$packages/"
    cp "$out/with-offline/libcardwire_python.so" "$packages/cardwire/_native.abi3.so"
    "$out/python/bin/python" -m compileall -q "$packages/cardwire"
else
    skip "Python (python3 with venv)"
fi

# Node
if have npm; then
    mkdir -p "$out/node/cardwire"
    cp "$peers/node/package.json" "$out/node/"
    (cd "$out/node" && npm install --no-audit --no-fund --silent --ignore-scripts)
    cp -R bindings/node/package.json bindings/node/index.js bindings/node/lib "$out/node/cardwire/"
    cp "$built/libcardwire_node.so" "$out/node/cardwire/cardwire.linux-$(node -p process.arch)-gnu.node"
else
    skip "Node (node and npm)"
fi

# Java
if have javac && have mvn; then
    (cd bindings/java && mvn -q -B -ntp dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$out/java/lib" \
        "-Dcardwire.target=$target")
    mkdir -p "$out/java/classes"
    javac -nowarn -d "$out/java/classes" -cp "$out/java/lib/*" $(find bindings/java/src/main/java -name '*.java' \
        ! -name module-info.java) "$peers/java/Peer.java" "$peers/java/Ours.java"
else
    skip "Java (a JDK and Maven)"
fi

exec python3 "$here/run.py" "$out" "$built" "$root"
