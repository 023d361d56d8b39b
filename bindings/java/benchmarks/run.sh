#!/bin/sh
# Compares the ways from Java into the library. Needs gcc, a JDK and `mvn verify` run before.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
library=${CARGO_TARGET_DIR:-$root/target}/ci
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

java_home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.home = //p')
gcc -O2 -shared -fPIC -I"$java_home/include" -I"$java_home/include/linux" -I"$root/include" \
    "$here/shim.c" -L"$library" -lcardwire -Wl,-rpath,"$work" -o "$work/libshim.so"
cp "$library/libcardwire.so" "$work/libcardwire.so.0"
(cd "$here/.." && mvn -q -B dependency:build-classpath -Dmdep.outputFile="$work/classpath")
classpath=$(cat "$work/classpath")
javac -d "$work" -cp "$classpath" "$here/CallCost.java"
java -cp "$work:$classpath" CallCost "$work/libcardwire.so.0" "$work/libshim.so" \
    "$root/tests/images/icbc-debit.jpg"
ls -l "$work/libshim.so" | awk '{ print "the shim is " $5 " bytes for each platform" }'
