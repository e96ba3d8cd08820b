#!/usr/bin/env python3
"""Evidence outside of the machine: a witness that cosigns what is honest and nothing else, an authority's
time stamp and an SM2 signature that `openssl` verifies, a test alert that arrives, a rotated key."""

import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, binary, copy_database, free_port, secret, wait_until

NAME = "audit.example.gov.cn/witness"


def openssl(folder, *arguments):
    return subprocess.run(["openssl", *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)


def made_by_openssl(folder, *arguments):
    made = openssl(folder, *arguments)
    assert made.returncode == 0, (arguments, made.stderr)


class Receiver:
    """Takes what is posted, and answers what `answer` makes of it."""

    def __init__(self, answer=lambda body: b""):
        taken = self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append((dict(self.headers), body))
                answered = answer(body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answered)))
                self.end_headers()
                self.wfile.write(answered)

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


class Authority:
    """A time-stamping authority (RFC 3161) by `openssl ts`."""

    def __init__(self, folder):
        self.folder = folder / "tsa"
        self.folder.mkdir()
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ts.cnf").write_text(
            "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4.1\nother_policies = 1.2.3.4.2\ndigests = sha256, sm3\n")
        made_by_openssl(self.folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out",
                        "tsa.pem", "-subj", "/CN=TSA", "-addext", "extendedKeyUsage=critical,timeStamping")
        self.receiver = Receiver(self.answer)

    def answer(self, query):
        (self.folder / "query.tsq").write_bytes(query)
        made_by_openssl(self.folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def config(self):
        return f'[timestamp]\nurl = "{self.receiver.url}"\ntsa_file = "{self.folder / "tsa.pem"}"\n'


def with_sm2_key(world):
    made_by_openssl(world.folder, "genpkey", "-algorithm", "SM2", "-out", "sm2.key")
    (world.folder / "sm2.key").chmod(0o600)
    made_by_openssl(world.folder, "pkey", "-in", "sm2.key", "-pubout", "-out", "sm2.pub.pem")
    return world.config.read_text().replace("[ledger]\n", '[ledger]\nsm2_key_file = "sm2.key"\n', 1)


def signed_note(world, key, size, root):
    """A checkpoint by the ledger's own key, as whoever stole it could make one."""
    text = f"{key['origin']}\n{size}\n{base64.b64encode(root).decode()}\n"
    (world.folder / "note").write_text(text)
    made_by_openssl(world.folder, "pkeyutl", "-sign", "-rawin", "-inkey", world.data / "ledger.key", "-in", "note",
                    "-out", "note.sig")
    public = base64.b64decode(key["public_key"])
    key_id = hashlib.sha256(key["origin"].encode() + b"\n\x01" + public).digest()[:4]
    signature = base64.b64encode(key_id + (world.folder / "note.sig").read_bytes()).decode()
    return f"{text}\n\u2014 {key['origin']} {signature}\n"


def status_of(port, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/add-checkpoint", body.encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def refuses_a_fork(world, key, port):
    """Another history by the same key: of the size it knows, of a larger one, of a smaller one."""
    size, note = max(world.query("SELECT size, note FROM checkpoint WHERE size IN (SELECT size FROM cosignature "
                                 f"WHERE name = '{NAME}')"))
    known = [file.read_bytes() for file in (world.folder / "witness").glob("*.checkpoint")]
    other = hashlib.sha256(b"another history").digest()
    step = base64.b64encode(other).decode()
    assert status_of(port, f"old {size}\n\n{signed_note(world, key, size, other)}") == 409
    for proof in ("", step + "\n", (step + "\n") * 5):
        assert status_of(port, f"old {size}\n{proof}\n{signed_note(world, key, size + 5, other)}") == 422
    assert status_of(port, f"old 0\n\n{signed_note(world, key, size + 5, other)}") == 409
    assert status_of(port, f"old {size}\n\n{signed_note(world, key, size - 1, other)}") == 400
    assert [file.read_bytes() for file in (world.folder / "witness").glob("*.checkpoint")] == known
    assert status_of(port, f"old {size}\n\n{note}") == 200, "the honest one is cosigned again"


def check_exported(world, authority):
    """With `openssl` alone, as an auditor has it."""
    exported = world.command("ledger", "export", str(world.folder / "export"))
    assert exported.returncode == 0, exported.stdout + exported.stderr
    folder = world.folder / "export/checkpoints"
    stamp = next(folder.glob("*.tsr"))
    verify = ("ts", "-verify", "-in", stamp, "-CAfile", authority.folder / "tsa.pem", "-data")
    made_by_openssl(folder, *verify, stamp.with_suffix(".txt"))
    (world.folder / "other.txt").write_text(stamp.with_suffix(".txt").read_text() + "\n")
    assert openssl(folder, *verify, world.folder / "other.txt").returncode != 0
    signed = next(text for text in (file.read_text() for file in folder.glob("*.cosigned")) if "/sm2 " in text)
    line = next(line for line in signed.splitlines() if "/sm2 " in line)
    (world.folder / "sm2.sig").write_bytes(base64.b64decode(line.split()[-1])[4:])
    (world.folder / "sm2.note").write_text(signed[:signed.index("\n\n") + 1])
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "sm2.pub.pem", "-rawin", "-sigfile", "sm2.sig", "-digest", "sm3",
              "-pkeyopt", "distid:1234567812345678", "-in")
    made_by_openssl(world.folder, *verify, "sm2.note")
    assert openssl(world.folder, *verify, "other.txt").returncode != 0


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


def stays_well_while_witnesses_are_silent():
    """Three take their ten seconds each before anything is sent; no watchdog may end the service for it."""
    with World(("weibo",)) as world, contextlib.ExitStack() as silent:
        world.start(init=True)
        wait_until("the first checkpoint", lambda: rows(world, "checkpoint") > 0)
        assert world.stop() == 0
        key = own_key(world)["public_key"]
        for number in range(3):
            listener = silent.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = listener.getsockname()[1]
            world.config.write_text(world.config.read_text() + f"""[[witness]]
name = "w{number}.example.gov.cn/witness"
public_key = "{key}"
url = "http://127.0.0.1:{port}"
internal = true
""")
        world.site.titles.append("关于第99号事项的通知")
        world.start()
        wait_until("the service answers", world.is_healthy)

        def is_sent():
            assert world.is_healthy(), "not well while it waits for a witness"
            return any("第99号" in title for title, in world.query("SELECT title FROM item"))

        wait_until("it begins all the same", is_sent, 60)
        assert world.last_log().count("witness.unreached") == 3, world.last_log()
        assert world.stop() == 0


def check(world, receiver, authority):
    world.start(init=True)
    wait_until("the first checkpoint", lambda: rows(world, "checkpoint") > 0)
    refused = world.command("ledger", "rotate-key")
    assert refused.returncode != 0 and "running" in refused.stderr, refused.stderr
    assert world.stop() == 0
    first = own_key(world)
    port = free_port()
    witness, block = start_witness(world, f"{first['origin']}={first['public_key']}", port)
    try:
        key = secret(world.folder, "alerts.key", "whsec_" + base64.b64encode(b"k" * 32).decode())
        world.config.write_text(with_sm2_key(world) + block + authority.config() +
                                f'[alerts.webhook]\nurl = "{receiver.url}"\nsecret_file = "{key}"\n')
        world.start()
        wait_until("a cosignature", lambda: rows(world, f"cosignature WHERE name = '{NAME}'") > 0)
        wait_until("an SM2 signature", lambda: rows(world, "cosignature WHERE name LIKE '%/sm2'") > 0)
        wait_until("a time stamp", lambda: rows(world, "timestamp_token") > 0)
        refuses_a_fork(world, first, port)
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
    check_exported(world, authority)
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
            authority = Authority(world.folder)
            try:
                check(world, receiver, authority)
                stays_well_while_witnesses_are_silent()
                print("ok evidence outside", flush=True)
                return 0
            except (AssertionError, OSError) as error:
                print(f"FAILED: {error}\n{world.last_log()}", flush=True)
                return 1
            finally:
                authority.receiver.stop()
    finally:
        receiver.stop()


if __name__ == "__main__":
    sys.exit(main())
