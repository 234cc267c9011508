#!/bin/sh
# install.sh - what `make install` leaves works from where it lies, and everything lies where Debian looks for it.
# usage: install.sh MESON BUILD PREFIX
meson=$1 build=$2 prefix=$3
dest=$(mktemp -d) || exit 1
HOOT_FAMILY=$dest/family HOME=$dest/home
export HOOT_FAMILY HOME
unset HOOT_TUNES HOOT_TUNES_WEIGHTS NOTIFY_SOCKET
root=$dest$prefix
holler=$root/bin/holler
finish() { [ ! -x "$holler" ] || "$holler" down >/dev/null 2>&1; rm -rf "$dest"; }
trap finish EXIT
fail() { echo "FAILED: $1"; exit 1; }
mkdir "$HOME" && cd / || exit 1

"$meson" install -C "$build" --no-rebuild --quiet --destdir "$dest" || fail "meson install"
for f in bin/holler bin/hootenanny bin/chaosgarden bin/hoot-worker share/hootenanny/tunes/soldiers-joy.abc share/hootenanny/catalogue.json share/hootenanny/models/tunes.weights bin/hoot-train \
	share/man/man1/holler.1 share/man/man1/hootenanny.1 share/man/man1/chaosgarden.1 share/man/man1/hoot-worker.1 share/man/man1/hoot-train.1 \
	share/bash-completion/completions/holler share/fish/vendor_completions.d/holler.fish lib/systemd/user/hootenanny.service \
	share/doc/hootenanny/README.md share/doc/hootenanny/LICENSE share/doc/hootenanny/docs/operation.md \
	share/doc/hootenanny/examples/hootenanny.toml; do
	[ -s "$root/$f" ] || fail "no $f"
done
[ -s "$root/share/zsh/site-functions/_holler" ] || [ -s "$root/share/zsh/vendor-completions/_holler" ] || fail "no completion for zsh"
for f in README.md docs/operation.md; do # links that go nowhere
	(cd "$root/share/doc/hootenanny/$(dirname "$f")" && sed -n 's/.*](\([a-z/]*\.md\)).*/\1/p' "$(basename "$f")") | while read -r link; do
		[ -s "$root/share/doc/hootenanny/$(dirname "$f")/$link" ] || fail "$f: no $link"
	done || exit 1
done
grep -q '^\.TH HOLLER 1' "$root/share/man/man1/holler.1" || fail "holler.1 is no manual page"
grep -q 'holler timeline' "$root/share/man/man1/holler.1" || fail "holler.1 does not tell of the commands"
if command -v man >/dev/null; then
	man -l --warnings "$root/share/man/man1/holler.1" 2>&1 >/dev/null | grep . && fail "holler.1 has mistakes"
fi
bash -n "$root/share/bash-completion/completions/holler" || fail "bash completion"

grep -q "^ExecStart=$prefix/bin/holler up" "$root/lib/systemd/user/hootenanny.service" || fail "the unit starts something else"
if command -v systemd-analyze >/dev/null; then
	mkdir "$dest/units"
	sed "s|^ExecStart=$prefix|ExecStart=$root|" "$root/lib/systemd/user/hootenanny.service" > "$dest/units/hootenanny.service"
	XDG_RUNTIME_DIR=$dest systemd-analyze --user verify --man=no "$dest/units/hootenanny.service" > "$dest/verify" 2>&1 ||
		{ cat "$dest/verify"; fail "systemd does not take the unit"; }
	grep "hootenanny.service" "$dest/verify" && fail "systemd has something to say"
fi

# The installed programs find each other, the tunes and the weights, wherever the whole was moved to.
"$holler" --version | grep -q '^holler [0-9]' || fail "holler --version"
"$holler" config --explain hootenanny -- --config "$root/share/doc/hootenanny/examples/hootenanny.toml" | grep -q 'hootenanny.toml:' || fail "the example settings"
"$holler" jam --number 99 2>&1 | grep -q "$root/bin/../share/hootenanny/tunes/soldiers-joy.abc" || fail "the default tune is not found"
"$root/bin/hoot-worker" --list | grep -q "^sample::midi  tunes@" || fail "the weights of the model tunes are not found"
"$holler" up --detach --bind tcp://127.0.0.1:0 --device null || fail "holler up"
end=$(($(date +%s) + 30))
until "$holler" doctor > "$dest/doctor"; do
	[ "$(date +%s)" -lt "$end" ] || { cat "$dest/doctor"; fail "holler doctor"; }
done
"$holler" call region_create --behaviour latent --position-beats 0 --duration-beats 4 --name there >/dev/null || fail "holler call"
"$holler" timeline | grep -q '1 there' || fail "holler timeline"
pid=$("$holler" --json status | sed -n 's/.*"name":"chaosgarden","state":"running","pid":\([0-9]*\).*/\1/p')
[ "$(readlink "/proc/$pid/exe")" = "$root/bin/chaosgarden" ] || fail "not the installed chaosgarden runs"
"$holler" down | grep -q 'stopped 3 programs' || fail "holler down"
"$holler" down | grep -q 'nothing was running' || fail "something was left"
echo "installed, and it works from where it lies"
