#!/bin/sh
# Runs one of the programs beside it for one case, whose values come in the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT

# field KEY: the value of KEY in an answer. field KEY:GOOD OTHER: KEY's, or where it is GOOD, OTHER's. An answer of
# the gateway has its code in a header.
field() {
    answer=$(cat)
    code=$(printf '%s' "$answer" | tr -d '\r' | sed -n 's/^[Xx]-[Cc]a-[Ee]rror-[Cc]ode: *//p')
    if [ -n "$code" ]; then
        echo "$code"
        return
    fi
    value=$(printf '%s' "$answer" | pick "${1%%:*}")
    case $1 in
        *:*) if [ "$value" = "${1#*:}" ]; then printf '%s' "$answer" | pick "$2"; else echo "$value"; fi ;;
        *) echo "$value" ;;
    esac
}

pick() {
    tr ',{}[]' '\n' | sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\"]*\)\"\{0,1\} *$/\1/p" | head -1
}

. "$here/$1.sh"
