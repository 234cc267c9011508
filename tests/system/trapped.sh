#!/bin/sh
# trapped.sh TRAPS TEST CHAOSGARDEN HOLLER: the traps of the audio thread in the running daemon: each is caught when it is set
# off, and neither a test of the engine nor a jam sets one off.
# Rows: S0-89, S2-3, L10, L11
set -u
traps=$(realpath "$1") test=$(realpath "$2") chaosgarden=$3 holler=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$*"; exit 1; }

for canary in malloc lock syscall; do
	LD_PRELOAD=$traps RT_TRAP_CANARY=$canary timeout 30 "$chaosgarden" --family "$dir/$canary" --bind tcp://127.0.0.1:0 \
		--device null >"$dir/said" 2>&1
	code=$?
	if grep -q 'no syscall user dispatch' "$dir/said" && [ "$canary" = syscall ]; then
		echo "this kernel has no syscall user dispatch: system calls are not trapped"
		continue
	fi
	[ $code -eq 99 ] && grep -q '^trap: ' "$dir/said" || { cat "$dir/said"; fail "$canary was not caught: exit status $code"; }
done

LD_PRELOAD=$traps "$test" >"$dir/said" 2>&1 || { cat "$dir/said"; fail "the engine's test under the traps"; }

LD_PRELOAD=$traps "$holler" jam --device null --bars 1 --dir "$dir/jam" >"$dir/said" 2>&1 || { cat "$dir/said"; fail "the jam under the traps"; }
grep -q 'recorded' "$dir/said" || fail "the jam said nothing of its recording"
! grep -rq '^trap: ' "$dir/jam/family/log" || { grep -r '^trap: ' "$dir/jam/family/log"; fail "a trap went off during the jam"; }

# and the jam did run with them: the same with a canary ends its engine
LD_PRELOAD=$traps RT_TRAP_CANARY=malloc timeout 8 "$holler" jam --device null --bars 1 --dir "$dir/canary" >"$dir/said" 2>&1
grep -rq '^trap: malloc' "$dir/canary/family/log" || { cat "$dir/said"; fail "the traps were not armed in the jam"; }
HOOT_FAMILY=$dir/canary/family "$holler" down >/dev/null 2>&1
exit 0
