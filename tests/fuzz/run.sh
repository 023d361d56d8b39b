#!/usr/bin/env bash
# Runs every fuzz target, or those named, for SECONDS each under libFuzzer and AddressSanitizer, on
# the stable compiler. Ends with 1 where something was found. KEEP=1 takes what is new into the
# corpora.
#   SECONDS_EACH=60 KEEP=0 tests/fuzz/run.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${SECONDS_EACH:-60}
work=$PWD/build/fuzz
tools=$PWD/build/tools
tool=${CARDWIRE_BUILT:?the folder with the program cardwire-fuzz}/cardwire-fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
PATH=$tools/bin:$PATH
command -v cargo-fuzz >/dev/null ||
	CARGO_TARGET_DIR=$tools/target cargo install --quiet --locked --root "$tools" cargo-fuzz@0.13.2

# The flags of the sanitizer are for nightly compilers; this lets the stable one take them.
RUSTC_BOOTSTRAP=1 cargo fuzz build --fuzz-dir tests/fuzz/libfuzzer --target-dir "$work/target" \
	--codegen-units 16

# SQLite is one file in which several functions have a table of the same name: that is no violation.
export ASAN_OPTIONS=detect_odr_violation=0:${ASAN_OPTIONS:-}
export LSAN_OPTIONS=suppressions=$PWD/tests/fuzz/lsan.supp:${LSAN_OPTIONS:-}

mkdir -p "$work/log" "$work/findings"
binary=$work/target/$host/release/target
declare -A longest
while read -r target bytes; do longest[$target]=$bytes; done < <("$tool" list)
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <("$tool" list | cut -d' ' -f1); fi
: >"$work/figures"

found=0
printf '%-24s %12s %9s %9s %9s  %s\n' target executions "new units" edges "new edges" findings
for target in "${targets[@]}"; do
	corpus=$work/corpus/$target
	log=$work/log/$target
	export CARDWIRE_TARGET=$target
	"$tool" unpack "$target" "$corpus"
	"$tool" words "$target" "$work/log/$target.dict"
	status=0
	dictionary=()
	if [ -s "$work/log/$target.dict" ]; then dictionary=(-dict="$work/log/$target.dict"); fi
	"$binary" "$corpus" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=3072 \
		-max_len="${longest[$target]}" "${dictionary[@]}" -print_final_stats=1 \
		-artifact_prefix="$work/findings/$target-" </dev/null >"$log" 2>&1 || status=$?
	stat() { sed -n "s/^stat::$1: *//p" "$log"; }
	cov() { sed -n 's/.*[[:space:]]cov: \([0-9]*\).*/\1/p' "$log"; }
	first=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log")
	last=$(cov | tail -1)
	findings=none
	if [ "$status" -ne 0 ]; then
		found=1
		findings=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -1)
		findings="${findings:-ended with $status} (see $log)"
	fi
	printf '%-24s %12s %9s %9s %9s  %s\n' "$target" "$(stat number_of_executed_units)" \
		"$(stat new_units_added)" "${last:-0}" "$((${last:-0} - ${first:-0}))" "$findings"
	echo "$target $(stat number_of_executed_units) ${last:-0}" >>"$work/figures"
	if [ "${KEEP:-0}" = 1 ]; then
		rm -rf "$work/least/$target"
		mkdir -p "$work/least/$target"
		"$binary" -set_cover_merge=1 -timeout=60 -max_len="${longest[$target]}" "$work/least/$target" "$corpus" \
			</dev/null >>"$log" 2>&1
		"$tool" pack "$target" "$work/least/$target"
	fi
done
if [ $# -eq 0 ] && [ "$found" -eq 0 ]; then
	"$tool" shown "$work/figures" "$(date +%F), $(rustc --version | cut -d' ' -f1,2), $(nproc) processors, $seconds \
seconds a target, AddressSanitizer with debug assertions and overflow checks: no finding."
fi
exit $found
