#!/usr/bin/env python3
"""Evidence outside of the machine: a witness that cosigns, a test alert that arrives, a rotated key."""

import base64
import http.server
import json
import pathlib
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, binary, copy_database, free_port, secret, wait_until

NAME = "audit.example.gov.cn/witness"


class Receiver:
    """Takes what is posted."""

    def __init__(self):
        taken = self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                taken.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def start_witness(world, log, port):
    witness = subprocess.Popen(
        [binary(), "witness", "--name", NAME, "--folder", world.folder / "witness", "--log", log, "--listen",
         f"127.0.0.1:{port}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return witness, "".join(witness.stdout.readline() for _ in range(4))


def rows(world, table):
    return sum(row[0] for row in world.query(f"SELECT count(*) FROM {table}"))


def own_key(world):
    answer = world.command("ledger", "key", "--json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def witnessed(world):
    return world.query("SELECT size FROM witness")[0][0]


def stop_after_a_restored_backup(world):
    """The checkpoint's file went with the disk: only the witness knows that there was more."""
    backup = world.folder / "backup.db"
    copy_database(world.database, backup)
    for _ in range(2):  # each stop makes a checkpoint, which the next start shows
        before = witnessed(world)
        world.start()
        wait_until("the witness knows more", lambda: witnessed(world) > before)
        assert world.mode() == "normal"
        assert world.stop() == 0
    copy_database(backup, world.database)
    for file in world.data.glob("*.checkpoint"):
        file.unlink()
    world.start()
    wait_until("nothing is sent", lambda: world.is_healthy() and world.mode() == "reconcile-only")
    paused = world.query("SELECT reason FROM channel_state WHERE paused_at IS NOT NULL")
    assert len(paused) == 2 and all("restored backup" in reason for reason, in paused), paused
    released = world.command("release", "--all")
    assert released.returncode == 0, released.stdout + released.stderr
    assert world.stop() == 0


def check(world, receiver):
    world.start(init=True)
    wait_until("the first checkpoint", lambda: rows(world, "checkpoint") > 0)
    refused = world.command("ledger", "rotate-key")
    assert refused.returncode != 0 and "running" in refused.stderr, refused.stderr
    assert world.stop() == 0
    first = own_key(world)
    witness, block = start_witness(world, f"{first['origin']}={first['public_key']}", free_port())
    try:
        key = secret(world.folder, "alerts.key", "whsec_" + base64.b64encode(b"k" * 32).decode())
        world.config.write_text(world.config.read_text() + block +
                                f'[alerts.webhook]\nurl = "{receiver.url}"\nsecret_file = "{key}"\n')
        world.start()
        wait_until("a cosignature", lambda: rows(world, "cosignature") > 0)
        tested = world.command("alerts", "--test")
        assert tested.returncode == 0, tested.stdout + tested.stderr
        headers, body = receiver.taken[-1]
        assert json.loads(body)["type"] == "alert.tested" and headers["webhook-signature"].startswith("v1,")
        shown = world.command("alerts", "--json")
        assert "alerts" in json.loads(shown.stdout), shown.stdout + shown.stderr
        assert world.stop() == 0
        stop_after_a_restored_backup(world)
    finally:
        witness.terminate()
        witness.wait(timeout=10)
        witness.stdout.close()
    rotated = world.command("ledger", "rotate-key")
    assert rotated.returncode == 0, rotated.stdout + rotated.stderr
    second = own_key(world)
    assert second["public_key"] != first["public_key"] and second["earlier"] == [first["public_key"]], second
    verified = world.command("ledger", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    world.start()
    wait_until("the service goes on with the new key", world.is_healthy)
    assert world.stop() == 0


def main():
    receiver = Receiver()
    try:
        with World(("weibo",)) as world:
            try:
                check(world, receiver)
                print("ok evidence outside", flush=True)
                return 0
            except (AssertionError, OSError) as error:
                print(f"FAILED: {error}\n{world.last_log()}", flush=True)
                return 1
    finally:
        receiver.stop()


if __name__ == "__main__":
    sys.exit(main())
