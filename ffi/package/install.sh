#!/bin/sh
# Installs the C library from what cargo built: install.sh PREFIX [PROFILE_DIR [linux|macos|windows]]
#
# PROFILE_DIR is the folder that holds the shared library and libcardwire.a, target/release unless given
# (CARGO_TARGET_DIR in place of target where that is set). The system is this one unless given; for another the tools
# of binutils or LLVM that know its files are named by LD, OBJCOPY, AR and DLLTOOL. DESTDIR is put before PREFIX.
set -eu

[ $# -ge 1 ] && [ $# -le 3 ] && [ -n "$1" ] || { echo "usage: install.sh PREFIX [PROFILE_DIR [SYSTEM]]" >&2; exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
prefix=${DESTDIR:-}$1
built=${2:-${CARGO_TARGET_DIR:-$root/target}/release}
system=${3:-$(uname -s)}
LD=${LD:-ld} OBJCOPY=${OBJCOPY:-objcopy} AR=${AR:-ar} DLLTOOL=${DLLTOOL:-dlltool}

fail() { echo "install.sh: $*" >&2; exit 1; }

number() { sed -n "s/^#define CARDWIRE_VERSION_$1 \([0-9][0-9]*\).*/\1/p" "$root/include/cardwire.h"; }
major=$(number MAJOR) minor=$(number MINOR) patch=$(number PATCH)
version=$major.$minor.$patch
case $version in *[!0-9.]* | .* | *..* | *.) fail "include/cardwire.h does not state its version" ;; esac

# What differs between systems. The libraries that the static one needs are those that rustc names with
# `--print native-static-libs`, without what a C compiler links by itself.
case $system in
[Ll]inux)
    file=libcardwire.so shared=lib/libcardwire.so.$version
    links="libcardwire.so.$major libcardwire.so"
    loaded='IMPORTED_SONAME "libcardwire.so.'$major'"'
    libraries="-lpthread -lm -ldl"
    cmake_libraries='Threads::Threads;m;${CMAKE_DL_LIBS}'
    ;;
Darwin | macos)
    file=libcardwire.dylib shared=lib/libcardwire.$version.dylib
    links="libcardwire.$major.dylib libcardwire.dylib"
    loaded='IMPORTED_SONAME "@rpath/libcardwire.'$major'.dylib"'
    libraries="-framework Security -framework CoreFoundation -liconv"
    cmake_libraries='-framework Security;-framework CoreFoundation;iconv'
    ;;
windows)
    file=cardwire.dll shared=bin/cardwire.dll links=
    loaded='IMPORTED_IMPLIB "${_cardwire_prefix}/lib/cardwire.lib"'
    libraries="-lws2_32 -lbcrypt -lntdll -luserenv -ldbghelp"
    cmake_libraries='ws2_32;bcrypt;ntdll;userenv;dbghelp'
    ;;
*) fail "no layout for $system" ;;
esac
for needed in "$file" libcardwire.a; do
    [ -f "$built/$needed" ] || fail "$built/$needed is missing: cargo build --release -p cardwire-ffi makes it"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$prefix/include/cardwire" "$prefix/lib/pkgconfig" "$prefix/lib/cmake/cardwire" "$prefix/share/licenses/cardwire"
install -m 644 "$root/include/cardwire.h" "$root/include/cardwire.hpp" "$prefix/include/"
install -m 644 "$root/include/cardwire/"*.hpp "$prefix/include/cardwire/"
install -m 644 "$root/LICENSE" "$prefix/share/licenses/cardwire/LICENSE"

# By way of a new name: programs that run keep the file they have open.
mkdir -p "$prefix/${shared%/*}"
install -m 755 "$built/$file" "$prefix/$shared.new"
mv -f "$prefix/$shared.new" "$prefix/$shared"
target=${shared##*/}
for link in $links; do
    ln -sf "$target" "$prefix/lib/$link"
    target=$link
done

# The archive as cargo makes it has thousands of global symbols of its dependencies, which clash
# with those of another library built the same way. One object keeps only the public ones.
awk '{ print $1 }' "$root/ffi/symbols.txt" > "$work/symbols"
case $system in
[Ll]inux)
    sed 's/^/-u /' "$work/symbols" > "$work/wanted"
    $LD -r "@$work/wanted" -o "$work/whole.o" "$built/libcardwire.a"
    # Rust's objects carry LLVM bitcode, which makes binutils with an old LLVM plugin see no symbols.
    $OBJCOPY --strip-debug -R .llvmbc -R .llvmcmd "--keep-global-symbols=$work/symbols" "$work/whole.o" "$work/cardwire.o"
    $AR rcsD "$work/libcardwire.a" "$work/cardwire.o"
    ;;
Darwin | macos)
    sed 's/^/_/' "$work/symbols" > "$work/exported"
    # shellcheck disable=SC2046
    $LD -r $(sed 's/^/-u /' "$work/exported") -exported_symbols_list "$work/exported" -o "$work/cardwire.o" "$built/libcardwire.a"
    strip -S "$work/cardwire.o"
    ZERO_AR_DATE=1 $AR rcs "$work/libcardwire.a" "$work/cardwire.o"
    ;;
windows)
    # Neither zig nor LLVM makes one object of many here: a program links one library that was built so. objcopy knows
    # neither the imports among its members, of which many have one name, nor those in which Rust keeps debug
    # information apart.
    cp "$built/libcardwire.a" "$work/libcardwire.a"
    mkdir "$work/objects"
    # shellcheck disable=SC2046
    (
        cd "$work/objects"
        $AR x ../libcardwire.a $($AR t ../libcardwire.a | grep '\.o$')
        $AR d ../libcardwire.a $($AR t ../libcardwire.a | grep -E '\.(o|dwo)$')
        $AR rcsD ../objects.a ./*.o
    )
    $OBJCOPY --strip-debug "$work/objects.a"
    mv "$work/libcardwire.a" "$work/imports.a"
    printf 'create %s\naddlib %s\naddlib %s\nsave\nend\n' libcardwire.a imports.a objects.a | (cd "$work" && $AR -M)
    { echo "LIBRARY cardwire.dll"; echo EXPORTS; cat "$work/symbols"; } > "$work/cardwire.def"
    $DLLTOOL -m i386:x86-64 -d "$work/cardwire.def" -l "$work/cardwire.lib"
    # The same under the names that MSVC and MinGW look for.
    install -m 644 "$work/cardwire.lib" "$prefix/lib/cardwire.lib"
    install -m 644 "$work/cardwire.lib" "$prefix/lib/libcardwire.dll.a"
    ;;
esac
install -m 644 "$work/libcardwire.a" "$prefix/lib/libcardwire.a"

fill() {
    sed -e "s/@VERSION@/$version/g" -e "s/@SOVERSION@/$major/g" -e "s|@SHARED@|$shared|" -e "s|@LOADED@|$loaded|" \
        -e "s|@LIBRARIES@|$libraries|" -e "s|@CMAKE_LIBRARIES@|$cmake_libraries|" "$here/$1.in" > "$prefix/lib/$2/$1"
}
fill cardwire.pc pkgconfig
fill cardwire-static.pc pkgconfig
fill cardwire-config.cmake cmake/cardwire
fill cardwire-config-version.cmake cmake/cardwire
