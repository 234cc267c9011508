#!/bin/sh
# pipewire.sh - chaosgarden on a private PipeWire without hardware: plays there, goes on without it, takes it back.
# usage: pipewire.sh CHAOSGARDEN HOLLER
# Every wait is for a condition with a deadline. Exit 77 (skipped) where PipeWire is not installed.
garden=$1 holler=$2
for tool in pipewire pw-cli pw-link; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
"$garden" --help >/dev/null || exit 1
XDG_RUNTIME_DIR=$(mktemp -d) || exit 1
PIPEWIRE_RUNTIME_DIR=$XDG_RUNTIME_DIR
HOOT_FAMILY=$XDG_RUNTIME_DIR/family
export XDG_RUNTIME_DIR PIPEWIRE_RUNTIME_DIR HOOT_FAMILY
server= daemon=
finish() {
	for p in $daemon $server; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done
	rm -rf "$XDG_RUNTIME_DIR"
}
trap finish EXIT
fail() {
	echo "FAILED: $1"
	cat "$XDG_RUNTIME_DIR/log"
	exit 1
}
# until_true SECONDS COMMAND...
until_true() {
	end=$(($(date +%s) + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.05
	done
}
ask() { "$holler" send chaosgarden "$1"; }
device_is() { ask '{"type":"device_status"}' | grep -q "\"kind\": \"$1\""; }
frames() { ask '{"type":"transport_status"}' | sed -n 's/.*"position_frames": \([0-9]*\).*/\1/p'; }
moved() { [ "$(frames)" -gt "$1" ]; }

cat > "$XDG_RUNTIME_DIR/null.conf" <<'C'
context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false default.clock.rate = 48000
  default.clock.quantum = 256 default.clock.min-quantum = 16 default.clock.max-quantum = 8192 }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [ { name = libpipewire-module-protocol-native } { name = libpipewire-module-metadata }
  { name = libpipewire-module-spa-node-factory } { name = libpipewire-module-client-node } { name = libpipewire-module-access }
  { name = libpipewire-module-adapter } { name = libpipewire-module-link-factory } ]
context.objects = [
  { factory = spa-node-factory args = { factory.name = support.node.driver node.name = clock node.group = pipewire.dummy
      priority.driver = 20000 } }
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = sink media.class = Audio/Sink
      audio.position = [ FL FR ] object.linger = true priority.driver = 30000
      adapter.auto-port-config = { mode = dsp monitor = true control = false position = preserve } } } ]
C
start_server() {
	pipewire -c "$XDG_RUNTIME_DIR/null.conf" 2>/dev/null &
	server=$!
	until_true 10 pw-cli info 0 || { echo "skipped: PipeWire does not start here"; exit 77; }
}

start_server
"$garden" --bind tcp://127.0.0.1:0 --device auto 2> "$XDG_RUNTIME_DIR/log" &
daemon=$!
until_true 10 ask '{"type":"ping"}' || fail "chaosgarden does not answer"
device_is pipewire || { grep -q "has no PipeWire" "$XDG_RUNTIME_DIR/log" && echo "skipped: built without PipeWire" && exit 77; fail "not on PipeWire"; }
until_true 10 pw-link chaosgarden:out_L sink:playback_FL || fail "no port to link"
until_true 10 pw-link chaosgarden:out_R sink:playback_FR || fail "no second port to link"
ask '{"type":"transport_play"}' >/dev/null || fail "cannot play"
until_true 10 moved 4800 || fail "PipeWire does not drive the engine"

kill "$server"; wait "$server" 2>/dev/null
until_true 10 device_is null || fail "the null clock did not take over"
until_true 10 moved "$(frames)" || fail "the music stands still without PipeWire"

start_server
until_true 20 device_is pipewire || fail "PipeWire was not taken back"
until_true 10 moved "$(frames)" || fail "the music stands still after PipeWire came back"
kill "$daemon"; wait "$daemon" || fail "chaosgarden did not end cleanly"
daemon=
echo "played on PipeWire, went on without it, took it back"
