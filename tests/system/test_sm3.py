#!/usr/bin/env python3
"""A ledger hashed with SM3, made and kept by the installed program and checked by the real openssl alone: chain,
signature, an entry's proof, an exported folder and a time stamp; it keeps its hash, and a witness is told of it."""

import base64
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, free_port, wait_until
from test_evidence import NAME, Authority, made_by_openssl, openssl, rows, start_witness

ORIGIN = "liandong.test/fault-sm3"
PUBLIC_PREFIX = bytes.fromhex("302a300506032b6570032100")


def configured(world, hash_line):
    text = re.sub(r"hash = .*\n", "", world.config.read_text())
    text = re.sub(r'origin = ".*"\n', f'origin = "{ORIGIN}"\n', text)
    world.config.write_text(text.replace("[ledger]\n", f"[ledger]\n{hash_line}", 1))


def sm3(data):
    return subprocess.run(["openssl", "dgst", "-sm3", "-binary"], input=data, capture_output=True, check=True,
                          timeout=60).stdout


def done(world, *arguments):
    answer = world.command(*arguments)
    assert answer.returncode == 0, (arguments, answer.stdout, answer.stderr)
    return answer.stdout


def signed_by_openssl(world, note, public):
    """The key's id and signature on the note, by openssl; its size and root."""
    text, signatures = note.split("\n\n", 1)
    signature = base64.b64decode(next(line for line in signatures.splitlines() if f" {ORIGIN} " in line).split()[-1])
    assert signature[:4] == sm3(ORIGIN.encode() + b"\n\x01" + public)[:4], "the key's id is not by SM3"
    (world.folder / "key.der").write_bytes(PUBLIC_PREFIX + public)
    (world.folder / "note").write_text(text + "\n")
    (world.folder / "sig").write_bytes(signature[4:])
    made_by_openssl(world.folder, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin",
                    "-in", "note", "-sigfile", "sig")
    _, size, root = text.split("\n")
    return int(size), base64.b64decode(root)


def root_of_proof(receipt):
    """RFC 9162 2.1.3.2, every hash by openssl."""
    node, last = receipt["index"], receipt["size"] - 1
    root = sm3(b"\0" + receipt["line"].encode())
    for step in map(base64.b64decode, receipt["proof"]):
        if node & 1 or node == last:
            root = sm3(b"\1" + step + root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sm3(b"\1" + root + step)
        node, last = node >> 1, last >> 1
    assert last == 0
    return root


def check_lines(world, public):
    lines = [row[0] if isinstance(row[0], bytes) else row[0].encode()
             for row in world.query("SELECT line FROM ledger ORDER BY seq")]
    assert json.loads(lines[0])["hash"] == "sm3", lines[0]
    for before, after in zip(lines, lines[1:]):
        assert json.loads(after)["prev"] == sm3(before).hex(), after
    note = world.query("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")[0][0]
    size, root = signed_by_openssl(world, note, public)
    for seq in (0, size // 2, size - 1):
        receipt = json.loads(done(world, "ledger", "proof", str(seq)))
        assert receipt["hash"] == "sm3" and receipt["line"].encode() == lines[seq], receipt
        assert root_of_proof(receipt) == root, f"entry {seq} is not in the tree"


def verdict(folder):
    return subprocess.run(["sh", str(folder / "verify.sh")], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300)


def check_export(world, authority):
    folder = world.folder / "export"
    done(world, "ledger", "export", str(folder))
    sums = (folder / "SM3SUMS").read_text().splitlines()
    assert not (folder / "SHA256SUMS").exists()
    for line in sums:
        assert sm3((folder / line[66:]).read_bytes()).hex() == line[:64], line
    stamp = next((folder / "checkpoints").glob("*.tsr"))
    made_by_openssl(folder, "ts", "-verify", "-in", stamp, "-CAfile", authority.folder / "tsa.pem", "-data",
                    stamp.with_suffix(".txt"))
    shown = openssl(folder, "ts", "-reply", "-in", stamp, "-text").stdout.decode()
    assert "Hash Algorithm: sm3" in shown, shown
    good = verdict(folder)
    assert good.returncode == 0 and "INTACT" in good.stdout, good.stdout + good.stderr
    assert json.loads(done(world, "ledger", "verify", "--folder", str(folder), "--json"))["hash"] == "sm3"
    segment = folder / "segments/seg-000000.jsonl"
    kept = segment.read_bytes()
    segment.write_bytes(kept.replace(b'"event":"item.found"', b'"event":"item.seen"', 1))
    assert segment.read_bytes() != kept
    path = "segments/seg-000000.jsonl"
    anew = [f"{sm3(segment.read_bytes()).hex()}  {path}" if line[66:] == path else line for line in sums]
    (folder / "SM3SUMS").write_text("\n".join(anew) + "\n")
    bad = verdict(folder)
    assert bad.returncode == 1 and "NOT INTACT" in bad.stderr, bad.stdout + bad.stderr
    assert world.command("ledger", "verify", "--folder", str(folder)).returncode != 0


def keeps_its_hash(world):
    configured(world, 'hash = "sha256"\n')
    world.start()
    assert world.daemon.wait(timeout=60) == 78, world.last_log()
    assert 'set hash = \\"sm3\\"' in world.last_log() or 'set hash = "sm3"' in world.last_log(), world.last_log()
    configured(world, "")  # left out: the ledger's own
    before = rows(world, "ledger")
    world.start()
    wait_until("it goes on", world.is_healthy)
    assert world.stop() == 0
    assert rows(world, "ledger") > before
    report = json.loads(done(world, "ledger", "verify", "--json"))
    assert report["intact"] and report["hash"] == "sm3", report
    configured(world, 'hash = "sm3"\n')


def comes_back_from_a_backup(world):
    entries = rows(world, "ledger")
    done(world, "backup", str(world.folder / "copy.db"))
    for suffix in ("", "-wal", "-shm"):
        pathlib.Path(f"{world.database}{suffix}").unlink(missing_ok=True)
    done(world, "restore", str(world.folder / "copy.db"))
    assert rows(world, "ledger") >= entries
    assert json.loads(done(world, "ledger", "verify", "--json"))["intact"]
    done(world, "migrate", "--to", f"sqlite://{world.folder}/moved.db")
    assert done(world, "report", "--recount").strip()


def check(world, authority):
    configured(world, 'hash = "sm3"\n')
    world.start(init=True)
    wait_until("the first checkpoint", lambda: rows(world, "checkpoint") > 0)
    wait_until("every item is pushed", lambda: world.all_final(10), 60)
    assert world.stop() == 0
    key = json.loads(done(world, "ledger", "key", "--json"))
    told = done(world, "ledger", "key").strip()
    assert key["hash"] == "sm3" and told == f"{ORIGIN}=sm3:{key['public_key']}", told
    witness, block = start_witness(world, told, free_port())
    try:
        world.config.write_text(world.config.read_text() + block + authority.config())
        world.start()
        wait_until("a cosignature", lambda: rows(world, f"cosignature WHERE name = '{NAME}'") > 0)
        wait_until("a time stamp", lambda: rows(world, "timestamp_token") > 0)
        assert world.stop() == 0
        keeps_its_hash(world)
    finally:
        witness.terminate()
        witness.wait(timeout=10)
        witness.stdout.close()
    check_lines(world, base64.b64decode(key["public_key"]))
    check_export(world, authority)
    comes_back_from_a_backup(world)


def main():
    with World(("weibo",)) as world:
        authority = Authority(world.folder)
        try:
            check(world, authority)
            print("ok a ledger of SM3", flush=True)
            return 0
        except (AssertionError, OSError) as error:
            print(f"FAILED: {error}\n{world.last_log()}", flush=True)
            return 1
        finally:
            authority.receiver.stop()


if __name__ == "__main__":
    sys.exit(main())
