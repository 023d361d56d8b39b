#!/usr/bin/env bash
# Builds, installs and tests the C library: headers, packaging, examples, the test programs plain,
# under AddressSanitizer and under valgrind, and the conformance suite through C and C++.
#
# Everything made goes to build/ (or CARDWIRE_BUILD) and to cargo's target folder.
set -euo pipefail

here=$(cd -- "$(dirname -- "$0")" && pwd)
root=$(cd -- "$here/../.." && pwd)
build=${CARDWIRE_BUILD:-$root/build}
prefix=$build/prefix
out=$build/c
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$root/$target ;; esac
triple=$(rustc -vV | sed -n 's/^host: //p')
CC=${CC:-gcc} CXX=${CXX:-g++}
strict=(-Wall -Wextra -Wpedantic -Werror)
failed=0

fail() { echo "FAILED: $*"; failed=1; }
# Reads all of its input, unlike grep -q, which would end the program before it with a signal.
seen() { grep "$@" > /dev/null; }
step() { echo "== $* (${SECONDS} s)"; }

missing=()
for tool in "$CC" "$CXX" pkg-config cmake valgrind nm ld objcopy ar readelf; do
    command -v "$tool" > /dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "missing: ${missing[*]} (Debian: apt-get install build-essential pkg-config cmake valgrind)" >&2
    exit 2
fi

cd "$root"
rm -rf "$prefix" "$out"
mkdir -p "$out"

step "build"
if [ -z "${CARDWIRE_BUILT:-}" ]; then
    make --no-print-directory native "PREFIX=$prefix"
    CARDWIRE_BUILT=$target/ci
fi
# The sanitizer's flag is not stable; the compiler is, whichever is installed. The run-time library is
# that of the C compiler: two of them cannot be in one program.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address -Zexternal-clangrt" CARGO_PROFILE_DEV_DEBUG=line-tables-only \
    cargo build --quiet --locked -p cardwire-ffi --target "$triple" --target-dir "$target/asan"
sanitized=$target/asan/$triple/debug/libcardwire.so

step "install"
ffi/package/install.sh "$prefix" "$CARDWIRE_BUILT"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
export CARDWIRE_SANDBOX=$CARDWIRE_BUILT/cardwire-sandbox CARDWIRE_IMAGES=$root/tests/images
export CARDWIRE_SYMBOLS=$root/ffi/symbols.txt RUST_BACKTRACE=0
read -ra flags <<< "$(pkg-config --cflags --libs cardwire)"

step "exported symbols"
awk '!/^#/ && NF { print $1 }' ffi/symbols.txt | sort > "$out/symbols"
nm -D --defined-only "$prefix/lib/libcardwire.so" | awk '{ print $NF }' | sort > "$out/symbols.shared"
nm -g --defined-only "$prefix/lib/libcardwire.a" | awk 'NF == 3 { print $3 }' | sort > "$out/symbols.static"
for kind in shared static; do
    diff "$out/symbols" "$out/symbols.$kind" || fail "the $kind library does not export what ffi/symbols.txt lists"
done
readelf -d "$prefix/lib/libcardwire.so" | seen 'SONAME.*\[libcardwire\.so\.0\]' || fail "the soname is not libcardwire.so.0"
readelf -d "$prefix/lib/libcardwire.so" | seen 'FLAGS_1.*NODELETE' || fail "dlclose takes the library from under its threads"
echo "symbols: $(wc -l < "$out/symbols"), in both libraries and no others"

step "headers"
headers=0
header() { # compiler, standard, header, flags
    local compiler=$1 standard=$2 name=$3 language=c
    shift 3
    [ "$compiler" = "$CXX" ] && language=c++
    if echo "#include <$name>" | "$compiler" "-std=$standard" "${strict[@]}" "$@" "-I$prefix/include" -fsyntax-only -x $language -; then
        headers=$((headers + 1))
    else
        fail "$name as $standard $*"
    fi
}
for standard in c99 c11 c17; do header "$CC" $standard cardwire.h; done
for standard in c++11 c++17 c++20; do header "$CXX" $standard cardwire.h; done
for standard in c++17 c++20; do
    header "$CXX" $standard cardwire.hpp
    header "$CXX" $standard cardwire.hpp -fno-exceptions
    header "$CXX" $standard cardwire.hpp -fno-rtti -Wshadow -Wconversion
    # Each part can be included by itself.
    for part in "$prefix/include/cardwire/"*.hpp; do header "$CXX" $standard "cardwire/${part##*/}"; done
done
# A compiler before C++17 is told so once, and nothing else.
for standard in c++98 c++11 c++14; do
    for part in cardwire.hpp "$prefix/include/cardwire/"*.hpp; do
        part=${part#"$prefix/include/"}
        said=$(echo "#include <$part>" | "$CXX" "-std=$standard" "-I$prefix/include" -fsyntax-only -x c++ - 2>&1 | grep 'error:' || true)
        [ "$(echo "$said" | wc -l)" = 1 ] && echo "$said" | seen 'needs C++17' || fail "$part as $standard says: $said"
    done
done
echo "headers: $headers passed"

step "packages"
packaged() { # name, program and arguments
    local name=$1 said
    shift
    said=$("$@" 2>&1) && [ "$said" = "cardwire $(pkg-config --modversion cardwire)" ] || fail "$name: $said"
}
"$CC" -std=c99 "${strict[@]}" tests/c/package/uses_the_library.c -o "$out/package_shared" "${flags[@]}"
packaged "pkg-config" "$out/package_shared"
readelf -d "$out/package_shared" | seen 'NEEDED.*\[libcardwire\.so\.0\]' || fail "pkg-config does not link the shared library"
# Each way in which the documents link the static library, for each reading of the flags.
static=0
static_program() { # flags
    "$CC" -std=c99 "${strict[@]}" tests/c/package/uses_the_library.c tests/c/package/rust_elsewhere.c -o "$out/package_static" "$@" ||
        fail "static with $*"
    packaged "static with $*" env -u LD_LIBRARY_PATH "$out/package_static"
    if readelf -d "$out/package_static" | seen cardwire; then fail "with $* the static program needs the shared library"; fi
    static=$((static + 1))
}
for ways in "--cflags --libs cardwire-static" "--libs --cflags cardwire-static" "--static --cflags --libs cardwire-static" \
    "--cflags --variable=archive cardwire,--variable=archive_libs cardwire" \
    "--variable=archive cardwire,--variable=archive_libs cardwire"; do
    IFS=, read -ra asked <<< "$ways"
    words=()
    for one in "${asked[@]}"; do
        # shellcheck disable=SC2086
        read -ra some <<< "$(pkg-config $one)"
        words+=("${some[@]}")
    done
    static_program "${words[@]}"
done
# The command that the file itself documents.
command=$(sed -n 's/^# *cc program\.c //p' "$prefix/lib/pkgconfig/cardwire.pc")
[ -n "$command" ] || fail "cardwire.pc documents no command"
eval "static_program $command"
[ "$(pkg-config --modversion cardwire-static)" = "$(pkg-config --modversion cardwire)" ] || fail "cardwire-static is of another version"
# The prefix works wherever it is put.
cp -a "$prefix" "$out/elsewhere"
cmake -S tests/c/package -B "$out/cmake" "-DCMAKE_PREFIX_PATH=$out/elsewhere" -DCMAKE_BUILD_TYPE=Release > "$out/cmake.log" 2>&1 &&
    cmake --build "$out/cmake" >> "$out/cmake.log" 2>&1 || { cat "$out/cmake.log"; fail "the CMake package"; }
for program in shared static classes; do
    packaged "CMake $program" env -u LD_LIBRARY_PATH "$out/cmake/$program"
done
for version in 0.2 1 9; do
    if cmake -S tests/c/package -B "$out/cmake_$version" "-DCMAKE_PREFIX_PATH=$out/elsewhere" "-DWANTED=$version" > /dev/null 2>&1; then
        fail "the CMake package takes itself for version $version"
    fi
done
rm -rf "$out/elsewhere"
[ $failed = 1 ] || echo "packages: pkg-config shared and static ($static ways), CMake shared, static and C++"

step "examples"
lines=$(wc -l < tests/c/examples/recognize_and_verify.c)
[ "$lines" -le 40 ] || fail "the C example has $lines lines"
"$CC" -std=c11 "${strict[@]}" tests/c/examples/recognize_and_verify.c -o "$out/example_c" "${flags[@]}"
"$CXX" -std=c++17 "${strict[@]}" tests/c/examples/recognize_and_verify.cpp -o "$out/example_cpp" "${flags[@]}"
# The sandbox lives as long as its standard input.
exec {alive}> >("$CARDWIRE_SANDBOX" --exit-with-stdin --config-file "$out/sandbox.json" > "$out/sandbox.out")
for _ in $(seq 100); do grep -qs ^admin "$out/sandbox.out" && break || sleep 0.1; done
calls=(recognize wechat verify aliyun_yhkr)
for language in c cpp; do
    "$out/example_$language" "$out/sandbox.json" tests/images/icbc-debit.jpg "${calls[@]}" > "$out/example_$language.out" || fail "example_$language"
    good=$(grep -c '"card":"622202\*\*\*\*\*\*\*\*\*0000".*"order_id":"[0-9A-Za-z]\{32\}","milliseconds":[0-9]*}$' "$out/example_$language.out" || true)
    [ "$good" = 2 ] || { cat "$out/example_$language.out"; fail "example_$language: $good good rows of 2"; }
    "$out/example_$language" "$out/sandbox.json" tests/images/text.jpg "${calls[@]:0:2}" > "$out/example_$language.out" || fail "example_$language with text"
    good=$(grep -c '"outcome":"invalid_argument","billed":"no".*"error":"image: ' "$out/example_$language.out" || true)
    [ "$good" = 1 ] || { cat "$out/example_$language.out"; fail "example_$language: $good errors of 1"; }
done
# The program in the header's manual, as it stands there; the other examples in it are functions.
mkdir -p "$out/manual"
awk -v folder="$out/manual" '
    /^ \* ```c$/ { file = folder (number++ ? "/function-" number ".c" : "/program.c"); next }
    /^ \* ```$/ { file = "" }
    file { sub(/^ \* ?/, ""); print > file }' include/cardwire.h
for function in "$out"/manual/function-*.c; do
    sed -i '1i #include <cardwire.h>\n#include <stdio.h>' "$function"
    "$CC" -std=c99 "${strict[@]}" -c "$function" -o "$function.o" "${flags[@]}" || fail "$function in the header"
done
cp "$out/sandbox.json" "$out/manual/cardwire.json"
cp tests/images/icbc-debit.jpg "$out/manual/card.jpg"
"$CC" -std=c99 "${strict[@]}" "$out/manual/program.c" -o "$out/manual/program" "${flags[@]}"
said=$(cd "$out/manual" && ./program)
[ "$said" = "622202*********0000" ] || fail "the program in the header says: $said"
exec {alive}>&-
[ $failed = 1 ] || echo "examples: C ($lines lines) and C++ passed"

step "tests"
tests=(test_values test_calls test_offline test_orders test_bad_input test_async test_threads test_batch test_process test_unload)
# Waits for the compilers that run: one for each processor.
jobs=()
settle() {
    local job
    for job in "${jobs[@]}"; do wait "$job" || { echo "a test does not compile"; exit 1; }; done
    jobs=()
}
begin() { "$@" & jobs+=($!); [ ${#jobs[@]} -lt "$(nproc)" ] || settle; }
compile() { # suffix, C flags..., -- libraries...
    local suffix=$1 options=() name
    shift
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    local object=$out/sandbox_$suffix.o
    "$CC" -std=c11 -g "${strict[@]}" "${options[@]}" -c tests/c/support/sandbox.c -o "$object"
    for name in "${tests[@]}"; do
        # A long one has the rest of its files in a folder.
        begin "$CC" -std=c11 -g -Wl,--as-needed "${strict[@]}" "${options[@]}" "tests/c/$name.c" $(compgen -G "tests/c/${name#test_}/*.c") "$object" -o "$out/${name}_$suffix" "$@"
    done
    # Its mistakes are seen by the compiler too.
    begin "$CC" -std=c11 -g -w "${options[@]}" tests/c/control.c -o "$out/control_$suffix" "$@"
    begin "$CXX" -std=c++17 -g "${strict[@]}" "${options[@]}" tests/c/test_classes.cpp "$object" -o "$out/test_classes_$suffix" "$@"
    begin "$CXX" -std=c++20 -g "${strict[@]}" "${options[@]}" -fno-exceptions tests/c/test_classes.cpp "$object" -o "$out/test_classes_plainly_$suffix" "$@"
    settle
}
all=("${tests[@]}" test_classes test_classes_plainly)
# name, suffix, how, command before it
run() {
    local name=$1 suffix=$2 how=$3 status=0
    shift 3
    timeout 300 "$@" "$out/${name}_$suffix" > "$out/$name.$how.out" 2> "$out/$name.$how.err" || status=$?
    local last
    last=$(tail -n 1 "$out/$name.$how.out")
    echo "$name ($how): $last"
    if [ $status != 0 ] || ! [[ $last =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]; then
        tail -n 30 "$out/$name.$how.out" "$out/$name.$how.err"
        fail "$name ($how), exit status $status"
    elif [ -s "$out/$name.$how.err" ]; then
        # The library writes nothing of its own; a checker writes what it finds, in children too.
        head -n 30 "$out/$name.$how.err"
        fail "$name ($how) wrote to stderr"
    fi
}

compile plain -O1 -- "${flags[@]}" -lpthread
for name in "${all[@]}"; do
    run "$name" plain plain
done

# A checker that reports nothing must be shown to be looking.
mistakes=("the program reads what it freed" "the program reads what the library freed"
    "the library reads what the program freed" "the program loses memory")
proof() { # how, suffix, exit status of a report, command before it
    local how=$1 suffix=$2 wanted=$3 mistake status expected before=$failed
    shift 3
    failed=0
    "$@" "$out/control_$suffix" > "$out/control.$how.out" 2>&1 || fail "$how reports a mistake where there is none"
    for mistake in "${mistakes[@]}"; do
        status=0
        "$@" "$out/control_$suffix" "$mistake" > "$out/control.$how.out" 2>&1 || status=$?
        case $how:$mistake in
        asan:*reads*) expected='heap-use-after-free' ;;
        asan:*) expected='detected memory leaks' ;;
        valgrind:*reads*) expected='Invalid read' ;;
        *) expected='3,850 bytes in 50 blocks are definitely lost' ;;
        esac
        if [ $status != "$wanted" ] || ! grep -q "$expected" "$out/control.$how.out"; then
            tail -n 20 "$out/control.$how.out"
            fail "$how does not see that $mistake (exit status $status)"
        fi
        # The report must be of the side that the mistake is on.
        if [ "$mistake" = "the program reads what the library freed" ]; then
            grep -q cardwire_error_free "$out/control.$how.out" || fail "$how does not name the library's free"
        elif [ "$mistake" = "the library reads what the program freed" ]; then
            grep -q cardwire_client_new "$out/control.$how.out" || fail "$how does not name the library's read"
        fi
    done
    if [ $failed = 0 ]; then echo "$how: sees ${#mistakes[@]} planted mistakes of ${#mistakes[@]}"; failed=$before; fi
}

step "AddressSanitizer"
mkdir -p "$out/sanitized"
ln -sf "$sanitized" "$out/sanitized/libcardwire.so"
ln -sf "$sanitized" "$out/sanitized/libcardwire.so.0"
nm -D --undefined-only "$sanitized" | seen ' __asan_report_load' || fail "the Rust code is not instrumented"
compile asan -O0 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -- \
    "-I$prefix/include" "-L$out/sanitized" -lcardwire -lpthread
export ASAN_OPTIONS=detect_leaks=1:exitcode=9:detect_stack_use_after_return=1
export LD_LIBRARY_PATH=$out/sanitized
proof asan asan 9
for name in "${all[@]}"; do run "$name" asan asan; done
export LD_LIBRARY_PATH=$prefix/lib

step "valgrind"
memcheck=(valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=9
    --show-leak-kinds=definite,indirect --num-callers=30)
proof valgrind plain 9 "${memcheck[@]}"
export CARDWIRE_READ_NO_PHOTOS=1
for name in "${all[@]}"; do run "$name" plain valgrind "${memcheck[@]}"; done
unset CARDWIRE_READ_NO_PHOTOS

step "conformance"
"$CC" -std=c11 -O1 "${strict[@]}" tests/conformance/drivers/driver.c -o "$out/driver_c" "${flags[@]}" -lpthread
"$CXX" -std=c++17 -O1 "${strict[@]}" tests/conformance/drivers/driver.cpp -o "$out/driver_cpp" "${flags[@]}"
"$CARDWIRE_BUILT/cardwire-conformance" --folder "$out/conformance" "C=$out/driver_c" "C++=$out/driver_cpp" || fail "conformance"

step "redaction"
"$CC" -std=c11 -O1 "${strict[@]}" tests/redaction/memory.c -o "$out/memory" "${flags[@]}"
"$CARDWIRE_BUILT/cardwire-redaction" --folder "$out/redaction" --memory "$out/memory" \
    "C=$out/driver_c,--render" || fail "redaction"

step "done"
[ $failed = 0 ] || { echo "the C library's tests failed"; exit 1; }
echo "the C library's tests passed"
