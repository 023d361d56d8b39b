#!/bin/sh
# Installs the C library from what cargo built: install.sh PREFIX [PROFILE_DIR]
#
# PROFILE_DIR is the folder that holds libcardwire.so and libcardwire.a, target/release unless given
# (CARGO_TARGET_DIR in place of target where that is set). DESTDIR is put before PREFIX. For Linux
# with GNU binutils; the tools' names can be given as LD, OBJCOPY, NM and AR.
set -eu

[ $# -ge 1 ] && [ $# -le 2 ] && [ -n "$1" ] || { echo "usage: install.sh PREFIX [PROFILE_DIR]" >&2; exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
prefix=${DESTDIR:-}$1
built=${2:-${CARGO_TARGET_DIR:-$root/target}/release}
LD=${LD:-ld} OBJCOPY=${OBJCOPY:-objcopy} NM=${NM:-nm} AR=${AR:-ar}

fail() { echo "install.sh: $*" >&2; exit 1; }
for file in "$built/libcardwire.so" "$built/libcardwire.a"; do
    [ -f "$file" ] || fail "$file is missing: cargo build --release -p cardwire-ffi makes it"
done

number() { sed -n "s/^#define CARDWIRE_VERSION_$1 \([0-9][0-9]*\).*/\1/p" "$root/include/cardwire.h"; }
major=$(number MAJOR) minor=$(number MINOR) patch=$(number PATCH)
version=$major.$minor.$patch
case $version in *[!0-9.]* | .* | *..* | *.) fail "include/cardwire.h does not state its version" ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$prefix/include/cardwire" "$prefix/lib/pkgconfig" "$prefix/lib/cmake/cardwire" "$prefix/share/licenses/cardwire"
install -m 644 "$root/include/cardwire.h" "$root/include/cardwire.hpp" "$prefix/include/"
install -m 644 "$root/include/cardwire/"*.hpp "$prefix/include/cardwire/"
install -m 644 "$root/LICENSE" "$prefix/share/licenses/cardwire/LICENSE"

# By way of a new name: programs that run keep the file they have open.
install -m 755 "$built/libcardwire.so" "$prefix/lib/.libcardwire.so.new"
mv -f "$prefix/lib/.libcardwire.so.new" "$prefix/lib/libcardwire.so.$version"
ln -sf "libcardwire.so.$version" "$prefix/lib/libcardwire.so.$major"
ln -sf "libcardwire.so.$major" "$prefix/lib/libcardwire.so"

# The archive as cargo makes it has thousands of global symbols of its dependencies, which clash
# with those of another library built the same way. One object keeps only the public ones.
# Rust's objects carry LLVM bitcode, which makes binutils with an old LLVM plugin see no symbols.
"$NM" -g --defined-only "$built/libcardwire.so" -D | awk '{ print $NF }' | sort > "$work/symbols"
grep -q '^cardwire_version$' "$work/symbols" || fail "$built/libcardwire.so has no public functions"
sed 's/^/-u /' "$work/symbols" > "$work/wanted"
sed 's/^/--keep-global-symbol=/' "$work/symbols" > "$work/keep"
"$LD" -r "@$work/wanted" -o "$work/whole.o" "$built/libcardwire.a"
"$OBJCOPY" --strip-debug -R .llvmbc -R .llvmcmd "@$work/keep" "$work/whole.o" "$work/cardwire.o"
rm -f "$work/libcardwire.a"
"$AR" rcsD "$work/libcardwire.a" "$work/cardwire.o"
install -m 644 "$work/libcardwire.a" "$prefix/lib/libcardwire.a"

fill() { sed -e "s/@VERSION@/$version/g" -e "s/@SOVERSION@/$major/g" "$here/$1.in" > "$prefix/lib/$2/$1"; }
fill cardwire.pc pkgconfig
fill cardwire-static.pc pkgconfig
fill cardwire-config.cmake cmake/cardwire
fill cardwire-config-version.cmake cmake/cardwire
