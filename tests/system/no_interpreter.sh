#!/bin/sh
# no_interpreter.sh CHAOSGARDEN: nothing that interprets, compiles at run time or collects garbage is linked into the realtime
# daemon, not even through another library.
# Rows: S0-153
set -eu
runtimes='python|lua|luajit|ruby|perl|tcl|guile|libgc\.|libgccpp|libjvm|libjava|mono|coreclr|node\.so|libv8|mozjs|duktape|quickjs|julia|ocaml|libgo\.|wasm|LLVM'

# The libraries of ldd's lines on stdin that are runtimes.
found() { awk '{ print $1 }' | grep -E "$runtimes" || true; }

# the check catches what it is for
for canary in 'libpython3.11.so.1.0 => /lib/x (0x0)' 'liblua5.4.so.0 => /lib/y (0x0)' '	libgc.so.1 => /z (0x0)'; do
	[ -n "$(echo "$canary" | found)" ] || { echo "the check does not know $canary"; exit 1; }
done

libraries=$(ldd "$1")
case $libraries in
*libc.so*) ;;
*) echo "ldd says nothing of $1: $libraries"; exit 1 ;;
esac
bad=$(echo "$libraries" | found)
[ -z "$bad" ] || { echo "$1 is linked with $bad"; exit 1; }

# and none is brought in at run time by our own code
if nm -D --undefined-only "$1" | grep -E ' (dlopen|dlmopen|system|popen|execv[pe]*|posix_spawnp?)(@|$)'; then
	echo "$1 can load or start other programs"
	exit 1
fi
