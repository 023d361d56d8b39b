#!/bin/sh
# Builds the native library and the jar, runs the tests, builds the Javadoc, and runs a program outside the
# repository against the installed jar. Needs a JDK 17 or newer, Maven and cargo.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$(pwd)/$target ;; esac

if [ -z "${CARDWIRE_BUILT:-}" ]; then
    make --no-print-directory -C "$root" native
    CARDWIRE_BUILT=$target/ci
fi
CARDWIRE_SANDBOX=$CARDWIRE_BUILT/cardwire-sandbox
export CARDWIRE_SANDBOX

work=$(mktemp -d)
sandbox=
finish() {
    exec 9>&-
    [ -z "$sandbox" ] || wait "$sandbox" || true
    rm -rf "$work"
}
trap finish EXIT

cd "$here"
mvn -B -ntp verify "-Dcardwire.target=$target" >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
grep -E '^\[(INFO|WARNING)\] Tests run:' "$work/log" | tail -1
mvn -q -B -ntp javadoc:javadoc "-Dcardwire.target=$target"
echo "Javadoc: clean"

# The extension for tests, with what was just built; the library's own tests have run.
mvn -B -ntp -f "$root/bindings/testing/java/reactor.xml" verify "-Dcardwire.target=$target" \
    '-Dtest=io.cardwire.testing.*Test' -Dsurefire.failIfNoSpecifiedTests=false >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
grep -E '^\[(INFO|WARNING)\] Tests run:' "$work/log" | tail -1 | sed 's/$/ (cardwire-testing)/'
rm -rf target/runtime
mvn -q -B -ntp dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=target/runtime \
    "-Dcardwire.target=$target"
# What the bridges speak to, for the programs on the pages.
mvn -q -B -ntp dependency:copy-dependencies -DincludeGroupIds=org.slf4j,ch.qos.logback,io.opentelemetry \
    -DoutputDirectory=target/collectors "-Dcardwire.target=$target"
"$CARDWIRE_BUILT/cardwire-conformance" --folder "$work/conformance" \
    "Java=java,-cp,target/*:target/runtime/*,$root/tests/conformance/drivers/Driver.java"
"$CARDWIRE_BUILT/cardwire-redaction" --folder "$work/redaction" \
    "Java=java,-cp,target/*:target/runtime/*,$root/tests/conformance/drivers/Driver.java,--render"

# The same tests, but for those of Kotlin's compiler, with the JVM's own checks of native code. JNA 5.19 itself makes one kind of call, when it is
# loaded and when it attaches a thread, without looking for an exception; anything else is ours.
rm -f target/surefire-reports/*.dumpstream
mvn -B -ntp surefire:test "-Dcardwire.target=$target" -DexcludedGroups=compiler -Dcardwire.test.jvm=-Xcheck:jni >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
find target/surefire-reports -name '*.dumpstream' -exec cat {} + >>"$work/log"
if ! grep -q 'in native method: .* from CallStaticObjectMethod' "$work/log"; then
    echo "-Xcheck:jni was not on"
    exit 1
fi
if grep 'in native method:' "$work/log" | grep -v 'checking exceptions when required to from CallStaticObjectMethod'; then
    echo "-Xcheck:jni has complaints"
    exit 1
fi
grep -E '^\[(INFO|WARNING)\] Tests run:' "$work/log" | tail -1 | sed 's/$/ (-Xcheck:jni)/'

# Newer JDKs on this machine run the same classes; from 21 on they have virtual threads.
for java in /usr/lib/jvm/*/bin/java; do
    [ -x "$java" ] || continue
    version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
    case $version in 2[1-9] | [3-9][0-9]) ;; *) continue ;; esac
    mvn -B -ntp surefire:test "-Dcardwire.target=$target" -DexcludedGroups=compiler "-Djvm=$java" \
        -Dcardwire.test.jvm=--enable-native-access=ALL-UNNAMED >"$work/log" 2>&1 || {
        cat "$work/log"
        exit 1
    }
    grep -E '^\[(INFO|WARNING)\] Tests run:' "$work/log" | tail -1 | sed "s/\$/ (Java $version)/"
done

# Outside the repository: the jar, its dependencies, and nothing else of this tree.
mkdir "$work/outside"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
cp target/runtime/*.jar "target/cardwire-$version.jar" examples/Demo.java "$root/tests/images/icbc-debit.jpg" "$work/outside"
mkfifo "$work/stdin"
"$CARDWIRE_SANDBOX" --exit-with-stdin <"$work/stdin" >"$work/stdout" &
sandbox=$!
exec 9>"$work/stdin"
for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q '^admin ' "$work/stdout" && break
    sleep 1
done
head -1 "$work/stdout" >"$work/outside/config.json"
cd "$work/outside"
row=$(java -cp './*' Demo.java config.json icbc-debit.jpg recognize wechat)
echo "$row"
case $row in
*'"card":"622202*********0000"'*'"billed":"yes"'*) echo "the jar works outside the repository" ;;
*) exit 1 ;;
esac
