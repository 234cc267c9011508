#!/bin/sh
# pipewire.sh - on a private PipeWire without hardware: chaosgarden plays there, goes on without it, takes it back; and what a
# jam records is what is heard.
# Rows: L36
# usage: pipewire.sh CHAOSGARDEN HOLLER LISTENER
# Every wait is for a condition with a deadline. Exit 77 (skipped) where PipeWire is not installed.
garden=$1 holler=$2 listener=$3
for tool in pipewire pw-cli pw-link; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
"$garden" --help >/dev/null || exit 1
XDG_RUNTIME_DIR=$(mktemp -d) || exit 1
PIPEWIRE_RUNTIME_DIR=$XDG_RUNTIME_DIR
HOOT_FAMILY=$XDG_RUNTIME_DIR/family
export XDG_RUNTIME_DIR PIPEWIRE_RUNTIME_DIR HOOT_FAMILY
server= daemon= ears=
finish() {
	for p in $daemon $ears $server; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done
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
linked() { # both channels, each where it belongs
	pw-link -l | grep -A1 '^sink:playback_FL' | grep -q 'chaosgarden:out_L' && pw-link -l | grep -A1 '^sink:playback_FR' | grep -q 'chaosgarden:out_R'
}
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
until_true 10 linked || fail "not linked to the sink"
ask '{"type":"transport_play"}' >/dev/null || fail "cannot play"
until_true 10 moved 4800 || fail "PipeWire does not drive the engine"

kill "$server"; wait "$server" 2>/dev/null
until_true 10 device_is null || fail "the null clock did not take over"
until_true 10 moved "$(frames)" || fail "the music stands still without PipeWire"

start_server
until_true 20 device_is pipewire || fail "PipeWire was not taken back"
until_true 10 linked || fail "not linked again"
until_true 10 moved "$(frames)" || fail "the music stands still after PipeWire came back"
kill "$daemon"; wait "$daemon" || fail "chaosgarden did not end cleanly"
daemon=
echo "played on PipeWire, went on without it, took it back"

# A jam of four bars and four more: is what it recorded what came out of the sink?
printf 'X:1\nT:Four bars\nM:4/4\nL:1/8\nQ:1/4=240\nK:D\nabcd efga | b4 a4 | abcd efga | b4 d4|\n' > "$XDG_RUNTIME_DIR/four.abc"
"$listener" record "$XDG_RUNTIME_DIR/heard" &
ears=$!
until_true 10 pw-link sink:monitor_FL listener:in_L && until_true 10 pw-link sink:monitor_FR listener:in_R || fail "nobody listens"
unset HOOT_FAMILY
HOOT_CHAOSGARDEN_QUANTUM=1024 # without realtime rights short cycles are skipped when the machine is busy
export HOOT_CHAOSGARDEN_QUANTUM
"$holler" jam --tune "$XDG_RUNTIME_DIR/four.abc" --bars 4 --dir "$XDG_RUNTIME_DIR/jam" > "$XDG_RUNTIME_DIR/log" 2>&1 || fail "the jam"
grep -q 'playing   on PipeWire' "$XDG_RUNTIME_DIR/log" || fail "the jam does not play on PipeWire"
kill "$ears"; wait "$ears" || fail "the listener"
ears=
"$listener" compare "$XDG_RUNTIME_DIR/heard" "$XDG_RUNTIME_DIR/jam/jam.wav" || fail "what is heard is not what was recorded"
