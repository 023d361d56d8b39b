#!/bin/sh
# Links for Windows with zig. rustc names what a library exports in a list, which cargo-zigbuild would leave out, and
# then everything would be exported: zig takes it as a file to be linked, under another name.
set -eu
for word; do
    shift
    case $word in
    -Wl,*/list.def)
        list=${word#-Wl,}
        word=${list%list.def}exports.def
        mv "$list" "$word"
        ;;
    esac
    set -- "$@" "$word"
done
exec cargo-zigbuild zig cc -- -target x86_64-windows-gnu -s "$@"
