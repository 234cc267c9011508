#!/usr/bin/python3
"""settings.py - every documented setting of every program can be set in every layer, and says where it came from.

What is documented is what --help prints: flag, kind, key, variable and range of each setting. Each is then set to a value of
its kind in a file, in the environment and by its flag, and --explain-config must show that value and that origin.

Usage: settings.py PROGRAM...
"""
# Rows: L08, S3-39

import os
import re
import subprocess
import sys
import tempfile

SETTING = re.compile(
    r"--(?P<no>\[no-\])?(?P<flag>[a-z-]+)(?: (?P<kind>\S+))?\s(?P<doc>.*?) \[(?P<key>[a-z_.]+), (?P<env>HOOT_[A-Z0-9_]+)\]"
    r"(?: \((?P<lo>\S+) to (?P<hi>\S+)\))?(?: \(default: (?P<default>[^)]*)\))?"
)


def run(program, *args, env=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOOT_")}
    clean.update(env or {}, XDG_CONFIG_HOME="/nonexistent")
    return subprocess.run([program, *args], env=clean, cwd="/", capture_output=True, text=True, check=False)


def documented(program):
    text = run(program, "--help").stdout.split("environment variable:\n", 1)[1]
    lines, joined = text.split("\n"), []
    for line in lines:
        if line.startswith("  --") or not line.startswith("    "):
            joined.append(line.strip())
        else:
            joined[-1] += " " + line.strip()
    found = [m.groupdict() for m in map(SETTING.fullmatch, joined) if m]
    rows = explained(program)
    assert sorted(rows) == sorted(s["key"] for s in found), (program, sorted(rows), [s["key"] for s in found])
    return found


def explained(program, *args, env=None):
    """key -> (value, origin)"""
    r = run(program, *args, "--explain-config", env=env)
    assert r.returncode == 0, r.stderr
    rows = {}
    for line in r.stdout.splitlines():
        words = re.split(r"\s{2,}", line.strip())
        rows[words[0]] = (words[1] if len(words) > 2 else "", words[-1])
    return rows


def values(setting):
    """A value as it stands in TOML, on the command line, and as it is shown; never the default."""
    kind, default = setting["kind"], setting["default"]
    if setting["no"]:
        return "true", None, "true"
    if kind in ("N", "PORT"):
        n = str(int(setting["lo"] or 1) + (setting["lo"] == default))
        return n, n, n
    if "|" in kind:
        choice = next(c for c in kind.split("|") if c != default)
        return f'"{choice}"', choice, choice
    if kind in ("PATH", "TEXT"):
        return '"/tmp/x1"', "/tmp/x1", "/tmp/x1"
    assert kind == "A,B", kind
    return '["/tmp/x1"]', "/tmp/x1", "/tmp/x1"


def check(program, setting, folder):
    key, (toml, word, shown) = setting["key"], values(setting)
    path = os.path.join(folder, "settings.toml")
    section, _, name = key.rpartition(".")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"# a comment\n{f'[{section}]' if section else ''}\n{name} = {toml}\n")
    flag = [f"--{setting['flag']}" + (f"={word}" if word else "")]
    layers = [
        (["--config", path], {}, f"{path}:3"),
        ([], {setting["env"]: word or "true"}, f"environment {setting['env']}"),
        (flag, {}, f"flag --{setting['flag']}"),
    ]
    for args, env, origin in layers:
        got = explained(program, *args, env=env)[key]
        assert got == (shown, origin), (program, key, got, (shown, origin))
    # Each later layer wins over those before it.
    assert explained(program, "--config", path, env=layers[1][1])[key][1] == layers[1][2]
    assert explained(program, "--config", path, *flag, env=layers[1][1])[key][1] == layers[2][2]
    return section


def refuse(program, section, folder):
    path = os.path.join(folder, "wrong.toml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"[{section}]\n\nno_such_key = 1\n")
    r = run(program, "--config", path, "--explain-config")
    assert r.returncode == 1 and f"{path}:3" in r.stderr and "no_such_key" in r.stderr, r.stderr
    with open(path, "w", encoding="utf-8") as f:
        f.write("[no_such_section]\nx = 1\n")
    r = run(program, "--config", path, "--explain-config")
    assert r.returncode == 1 and f"{path}:" in r.stderr and "no_such_section" in r.stderr, r.stderr


def main():
    with tempfile.TemporaryDirectory(prefix="settings-") as folder:
        for program in map(os.path.abspath, sys.argv[1:]):
            settings = documented(program)
            assert len(settings) >= 5, (program, settings)
            sections = {check(program, s, folder) for s in settings} - {""}
            for section in sections:
                refuse(program, section, folder)
            print(f"{os.path.basename(program)}: {len(settings)} settings")


main()
