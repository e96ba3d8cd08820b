#!/usr/bin/env python3
"""Encrypted backups of a running service: the openssl tool opens them without it, restore brings them back, and
nothing plain stays behind whatever happens."""

import os
import pathlib
import signal
import sqlite3
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, binary, wait_until

PASSPHRASE = "一句口令 with blanks"


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60, **more)


def make_identity(folder, name, *key, usage="keyEncipherment", options=()):
    openssl("req", "-x509", "-newkey", *key, "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem",
            "-subj", f"/CN={name}", "-addext", f"keyUsage={usage}", *(options or ["-noenc"]))


def make_identities(folder):
    make_identity(folder, "office", "rsa:2048")
    (folder / "words").write_text(PASSPHRASE + "\n")
    make_identity(folder, "second", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", usage="keyAgreement",
                  options=["-passout", f"file:{folder}/words"])
    make_identity(folder, "stranger", "rsa:2048")
    make_identity(folder, "signer", "rsa:2048", usage="digitalSignature")


def nothing_plain(world):
    """No file that holds the record but the database itself, and no place where one was."""
    own = {world.database.name + suffix for suffix in ("", "-wal", "-shm")}
    for file in world.folder.rglob("*"):
        if file.is_file() and file.name not in own:
            assert not file.read_bytes().startswith(b"SQLite format 3"), file
    assert not (world.data / "liandong-plain").exists()
    assert not list(world.folder.glob("*.part"))


def refused(answer, words):
    assert answer.returncode == 1, (answer.returncode, answer.stdout, answer.stderr)
    assert words in answer.stderr, answer.stderr


def opened_without_us(world, backup, key, *options):
    """By the tool alone, as the manual says."""
    plain = world.folder / "opened.sqlite"
    subprocess.run(["bash", "-c", 'openssl cms -decrypt -binary -inform DER -in "$1" -content <(tail -c +65537 "$1") '
                    '-inkey "$2" -out "$3" "${@:4}"', "-", str(backup), str(key), str(plain), *options],
                   check=True, timeout=60)
    database = sqlite3.connect(plain)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    lines = [line for line, in database.execute("SELECT line FROM ledger ORDER BY seq")]
    assert database.execute("SELECT count(*) FROM delivery").fetchone() == (ITEMS * 2,)
    database.close()
    plain.unlink()
    return lines


def makes_what_the_tool_opens(world, backup):
    made = world.command("backup", "--encrypt-to", f"{world.folder}/office.pem", "--encrypt-to",
                         f"{world.folder}/second.pem", str(backup))
    assert made.returncode == 0, made.stdout + made.stderr
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert world.is_healthy()
    nothing_plain(world)
    content = backup.read_bytes()
    for title in world.site.titles:
        assert title.encode() not in content
    lines = opened_without_us(world, backup, world.folder / "office.key")
    ours = [line for line, in world.query("SELECT line FROM ledger ORDER BY seq")]
    assert lines and lines == ours[:len(lines)], "not the ledger"
    assert lines == opened_without_us(world, backup, world.folder / "second.key", "-passin",
                                      f"file:{world.folder}/words")


def refuses_certificates_that_are_not_for_it(world):
    target = world.folder / "refused.backup"
    refused(world.command("backup", "--encrypt-to", f"{world.folder}/signer.pem", str(target)), "keyEncipherment")
    refused(world.command("backup", "--encrypt-to", f"{world.folder}/office.key", str(target)), "no certificate")
    refused(world.command("backup", "--encrypt-to", f"{world.folder}/office.pem", "--encrypt-to",
                          f"{world.folder}/nowhere.pem", str(target)), "nowhere.pem")
    ended = World.command(world, "backup", "--encrypt-to", f"{world.folder}/office.pem", str(target),
                          LD_PRELOAD="/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", FAKETIME="+400d")
    refused(ended, "ended on")
    assert not target.exists()
    nothing_plain(world)


def leaves_nothing_plain_when_it_is_ended(world):
    """SIGTERM finds the plain copy there: the file it would become is a pipe nobody reads."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
        target = world.folder / "ended.backup"
        fault = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
                                  "inject=fsync,fdatasync:delay_enter=3000000", binary(), "--config", str(world.config), "backup",
                                  "--encrypt-to", f"{world.folder}/office.pem", str(target)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        place = world.data / "liandong-plain"
        wait_until("the plain copy is begun", lambda: (place / "record.db").exists())
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in place.iterdir())
        children = pathlib.Path(f"/proc/{fault.pid}/task/{fault.pid}/children").read_text().split()
        os.kill(int(children[0]), number)
        fault.wait(timeout=60)
        assert not target.exists()
        if number == signal.SIGKILL:
            assert (place / "record.db").exists(), "the test came too late"
        else:
            nothing_plain(world)
    made = world.command("backup", "--encrypt-to", f"{world.folder}/office.pem", str(target))
    assert made.returncode == 0, made.stderr
    nothing_plain(world)


def restores_nothing_of_a_bad_one(world, backup):
    office = ("--key", f"{world.folder}/office.key")
    refused(world.command("restore", str(backup)), "--key")
    refused(world.command("restore", "--key", f"{world.folder}/stranger.key", str(backup)), "none of the certificates")
    refused(world.command("restore", "--key", f"{world.folder}/second.key", str(backup)), "passphrase")
    refused(world.command("restore", *office, str(world.config)), "no encrypted backup")
    content = backup.read_bytes()
    bad = world.folder / "bad.backup"
    for spoilt, words in ((content[:-4096], "truncated"), (content[:30000], "truncated"),
                          (content[:200_000] + bytes([content[200_000] ^ 1]) + content[200_001:], "was changed"),
                          (content[:65000] + b"x" + content[65001:], "damaged")):
        bad.write_bytes(spoilt)
        refused(world.command("restore", *office, str(bad)), words)
        assert not world.database.exists(), "something was restored"
        nothing_plain(world)


def restores_a_whole_one(world, backup):
    restored = world.command("restore", "--key", f"{world.folder}/second.key", "--passphrase-file",
                             f"{world.folder}/words", str(backup))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    nothing_plain(world)
    verified = world.command("ledger", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    published = len(world.stubs["weibo"].published())
    world.start()
    wait_until("nothing is sent", lambda: world.is_healthy() and world.mode() == "reconcile-only")
    assert world.stop() == 0
    assert len(world.stubs["weibo"].published()) == published


def main():
    with World(("weibo",)) as world:
        make_identities(world.folder)
        world.start()
        wait_until("everything is out", lambda: world.all_final(ITEMS * 2), 60)
        backup = world.folder / "office.backup"
        makes_what_the_tool_opens(world, backup)
        refuses_certificates_that_are_not_for_it(world)
        leaves_nothing_plain_when_it_is_ended(world)
        assert world.stop() == 0
        for file in world.data.glob(world.database.name + "*"):
            file.unlink()
        restores_nothing_of_a_bad_one(world, backup)
        restores_a_whole_one(world, backup)
    print("ok encrypted backups")
    return 0


if __name__ == "__main__":
    sys.exit(main())
