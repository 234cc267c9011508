#!/usr/bin/python3
"""other_language.py - a client in another language, written from docs/protocol.md alone.

Starts a family, finds it through endpoints.json, and does what any participant does: pings, asks with many requests under
way at once, is told what it did wrong, follows the events, misses some, notices, and resynchronises by a snapshot.
Everything twice: over tcp:// and over ipc://.

Usage: other_language.py HOLLER
Needs nothing of ours but the running programs: python3 with its standard library and python3-zmq.
"""
# Rows: S0-141, S0-146, S3-14, S3-28, S3-29, S3-33

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid

import zmq

PATIENCE_MS = 30000


def envelope(request, **payload):
    return {"id": str(uuid.uuid4()), "actor": "other:python", "payload": {"type": request, **payload}}


def receive(socket, what):
    if not socket.poll(PATIENCE_MS):
        raise SystemExit(f"nothing came: {what}")
    return socket.recv_multipart()


class Client:
    """Requests over a DEALER; any number may be under way, replies are told apart by their id."""

    def __init__(self, context, endpoint):
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.replies, self.progress = {}, []

    def send(self, request, **payload):
        e = envelope(request, **payload)
        self.socket.send(json.dumps(e).encode())
        return e["id"]

    def answer(self, request_id):
        while request_id not in self.replies:
            frames = receive(self.socket, "an answer")
            assert len(frames) == 1, frames
            reply = json.loads(frames[0])
            if reply["payload"]["type"] == "progress":
                assert reply["id"] == request_id
                self.progress.append(reply["payload"]["fraction"])
                continue
            assert reply["id"] not in self.replies, "answered twice"
            self.replies[reply["id"]] = reply["payload"]
        return self.replies.pop(request_id)

    def ask(self, request, **payload):
        reply = self.answer(self.send(request, **payload))
        assert reply["type"] == "success", reply
        return reply["result"]

    def fail(self, request, **payload):
        reply = self.answer(self.send(request, **payload))
        assert reply["type"] == "error", reply
        return reply


class Mirror:
    """The state of a daemon, kept up to date by its events; see "Nothing is missed unseen"."""

    def __init__(self, context, endpoint, client):
        self.context, self.endpoint, self.client = context, endpoint, client
        self.incarnation, self.seen, self.seq, self.resyncs = None, {}, 0, 0
        self.socket = None
        self.listen()

    def listen(self):
        self.socket = self.context.socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.subscribe(b"")
        self.socket.connect(self.endpoint)

    def look_away(self):
        self.socket.close()

    def resync(self):
        snapshot = self.client.ask("snapshot")
        self.incarnation, self.seq = snapshot["incarnation"], snapshot["seq"]
        self.seen, self.state = dict(snapshot["counters"]), snapshot["state"]
        self.resyncs += 1

    def step(self):
        """One event: its name and body, or None for what was only bookkeeping."""
        topic, text = receive(self.socket, "an event")
        e = json.loads(text)
        name = e["payload"]["type"]
        assert topic.decode() == name
        if e["incarnation"] == self.incarnation and e["seq"] <= self.seq:
            return None  # the snapshot has it already
        counters = e["payload"]["counters"] if name == "daemon_alive" else {}
        gap = (
            e["incarnation"] != self.incarnation
            or e["topic_seq"] != self.seen.get(name, 0) + 1
            or any(n > self.seen.get(k, 0) for k, n in counters.items() if k != "daemon_alive")
        )
        if gap:
            self.resync()
            return None
        self.seen[name], self.seq = e["topic_seq"], e["seq"]
        return name, e["payload"]

    def wait(self, name):
        while True:
            event = self.step()
            if event and event[0] == name:
                return event[1]


def heartbeat(context, endpoint):
    socket = context.socket(zmq.REQ)
    socket.linger = 0
    socket.connect(endpoint)
    e = envelope("ping")
    socket.send(json.dumps(e).encode())
    reply = json.loads(receive(socket, "a heartbeat")[0])
    assert reply["id"] == e["id"] and reply["payload"]["result"]["name"] == "chaosgarden", reply
    socket.close()


def requests(garden):
    result = garden.ask("ping")
    assert result["name"] == "chaosgarden" and result["pid"] > 0
    assert garden.ask("transport_seek", position_beats=16)["position_beats"] == 16
    # Many under way at once (no more than the tiny build's queues hold), asked about in another order than they were sent.
    ids = [garden.send("time_convert", beats=n) for n in range(40)]
    for n in reversed(range(40)):
        assert garden.answer(ids[n])["result"]["beats"] == n
    error = garden.fail("transport_seek", position_bets=16)
    assert error["code"] == "invalid" and error["field"] == "position_bets", error
    assert "position_beats" in error["message"] + error["hint"], error
    error = garden.fail("transport_sek")
    assert error["code"] == "unsupported" and "transport_seek" in error["hint"], error


def long_work(garden, folder):
    """What takes long says how far it is, and still ends with one answer."""
    path = os.path.join(folder, "render.wav")
    result = garden.ask("timeline_render", from_beats=0, to_beats=64, path=path)
    assert result["frames"] == 64 * 24000 and os.path.getsize(path) > result["frames"]
    assert len(garden.progress) == 9 and garden.progress == sorted(garden.progress), garden.progress
    assert all(0 < f < 1 for f in garden.progress), garden.progress


def events(context, garden, endpoint):
    mirror = Mirror(context, endpoint, garden)
    while not mirror.resyncs:  # the greeting of a new subscriber begins it
        mirror.step()
    garden.ask("region_create", region_id="one", position_beats=0, duration_beats=1, behaviour="custom")
    assert mirror.wait("edit_applied")["revision"] > 0
    seen, times = dict(mirror.seen), mirror.resyncs

    mirror.look_away()
    for i in range(5):
        garden.ask("timeline_add_marker", position_beats=i, marker_type="cue_point")
    mirror.listen()
    while mirror.resyncs == times:
        mirror.step()
    assert mirror.seen["edit_applied"] == seen["edit_applied"] + 5, (seen, mirror.seen)
    garden.ask("region_delete", region_id="one")
    mirror.wait("edit_applied")
    assert mirror.resyncs == times + 1, "nothing was missed after that"
    mirror.look_away()


def control_plane(context, endpoint):
    hoot = Client(context, endpoint)
    stored = hoot.ask("cas_store", data="aGVsbG8=", mime_type="text/plain")
    assert stored["content_hash"] == "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", stored
    artifact = hoot.ask("artifact_create", cas_hash=stored["content_hash"], space="text", tags=["from:python"])["artifact"]
    assert hoot.ask("artifact_get", artifact_id=artifact["artifact_id"])["artifact"]["tags"] == ["from:python"]
    hoot.socket.close()


def rehearse(holler, bind, folder):
    family = os.path.join(folder, "family")
    subprocess.run([holler, "--family", family, "up", "--detach", "--device", "stepped", "--bind", bind], check=True)
    context = zmq.Context()
    try:
        with open(os.path.join(family, "endpoints.json"), encoding="utf-8") as f:
            found = json.load(f)
        assert found["version"] == 1, found
        at = {name: d["endpoints"] for name, d in found["daemons"].items()}
        assert all(e.startswith(bind[:6]) for d in at.values() for e in d.values()), at
        garden = Client(context, at["chaosgarden"]["shell"])
        heartbeat(context, at["chaosgarden"]["heartbeat"])
        requests(garden)
        long_work(garden, folder)
        events(context, garden, at["chaosgarden"]["iopub"])
        control_plane(context, at["hootenanny"]["requests"])
    finally:
        context.destroy(linger=0)
        subprocess.run([holler, "--family", family, "down"], check=True)


def main():
    holler = sys.argv[1]
    for bind in ("tcp://127.0.0.1:0", "ipc://FOLDER/s"):
        folder = tempfile.mkdtemp(prefix="other-language-")
        try:
            rehearse(holler, bind.replace("FOLDER", folder), folder)
        finally:
            shutil.rmtree(folder)
        print(f"{bind}: ok")


main()
