#!/usr/bin/env python3
"""The program as an operator meets it: refused starts, signals, a second start, the ledger's check."""

import base64
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, copy_database, run_tests, wait_until

CONFIGURATION = 78


def run_once(world, *options):
    ended = world.command("run", *options)
    return ended.returncode, ended.stdout + ended.stderr


def refuses_a_broken_configuration():
    with World(("weibo",)) as world:
        good = world.config.read_text()
        world.config.write_text(good.replace('every = "1s"', 'evry = "1s"'))
        line = next(number for number, text in enumerate(good.splitlines(), 1) if 'every = "1s"' in text)
        code, words = run_once(world, "--init")
        assert code == CONFIGURATION, (code, words)
        assert world.config.name in words and str(line) in words and "evry" in words, words


def refuses_a_missing_database():
    with World(("weibo",)) as world:
        code, words = run_once(world)
        assert code != 0 and "--init" in words, (code, words)
        assert not world.database.exists(), "made a database all the same"


def started_and_stopped(world):
    world.start(init=True)
    wait_until("every delivery is final", lambda: world.all_final(ITEMS * 2), 60)
    began = time.monotonic()
    assert world.stop() == 0, "SIGTERM did not end it with 0"
    assert time.monotonic() - began < 10


def refuses_a_newer_schema():
    with World(("weibo",)) as world:
        started_and_stopped(world)
        with sqlite3.connect(world.database) as connection:
            connection.execute("INSERT INTO schema_version (version, name) VALUES (999, 'later')")
        connection.close()
        code, words = run_once(world)
        assert code != 0 and "999" in words, (code, words)


def refuses_a_damaged_file():
    with World(("weibo",)) as world:
        started_and_stopped(world)
        with open(world.database, "r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * 8192)
        code, words = run_once(world)
        assert code != 0 and ("damaged" in words or "malformed" in words), (code, words)


def keeps_running_over_reloads():
    with World(("weibo",)) as world:
        world.start(init=True)
        wait_until("the console answers", lambda: world.is_healthy())
        good = world.config.read_text()
        for text in (good, good + "\n[nonsense]\na = 1\n"):
            world.config.write_text(text)
            world.daemon.send_signal(signal.SIGHUP)
            time.sleep(1)
            assert world.daemon.poll() is None, "a reload ended it"
            assert world.is_healthy()
        assert "config.changed" in world.last_log(), "a good reload is not reported"
        assert "nonsense" in world.last_log(), "a bad reload is not reported"
        assert world.stop() == 0


def refuses_a_second_run_while_one_runs():
    with World(("weibo",)) as world:
        world.start(init=True)
        wait_until("the console answers", lambda: world.is_healthy())
        code, words = run_once(world)
        assert code != 0 and "already" in words, (code, words)
        assert world.daemon.poll() is None


def pushes_nothing_twice_at_the_second_start():
    with World(("weibo",)) as world:
        started_and_stopped(world)
        world.start()
        wait_until("the console answers", lambda: world.is_healthy())
        time.sleep(4)
        assert world.stop() == 0
        lost, duplicated = world.judge()
        assert not lost and not duplicated, (lost, duplicated)
        verified = world.command("ledger", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


def sends_nothing_from_a_restored_backup_until_told():
    with World(("weibo",)) as world:
        world.config.write_text(world.config.read_text().replace("adopt = false", "adopt = true"))
        started_and_stopped(world)
        backup = world.folder / "backup.db"
        copy_database(world.database, backup)
        world.site.titles += [f"关于第{number}号事项的通知" for number in (6, 7)]
        world.start()
        wait_until("the later items are public", lambda: world.all_final((ITEMS + 2) * 2), 60)
        assert world.mode() == "normal"
        assert world.stop() == 0
        before = len(world.stubs["weibo"].published())

        copy_database(backup, world.database)
        world.start()
        wait_until("the console answers", lambda: world.is_healthy())
        assert world.mode() == "reconcile-only"
        wait_until("the later items are planned again",
                   lambda: len(world.query("SELECT 1 FROM delivery")) == (ITEMS + 2) * 2)
        time.sleep(3)
        assert len(world.stubs["weibo"].published()) == before, "sent from a restored backup"
        assert "ledger.restored" in world.last_log()
        assert "release --all" in world.command("status").stdout
        released = world.command("release", "--all")
        assert released.returncode == 0, released.stdout + released.stderr
        wait_until("everything is final", lambda: world.all_final((ITEMS + 2) * 2), 60)
        wait_until("the mode is normal again", lambda: world.mode() == "normal")
        assert world.stop() == 0
        lost, duplicated = world.judge()
        assert not lost and not duplicated, (lost, duplicated)
        adopted = world.query("SELECT 1 FROM delivery WHERE evidence = 'adopted'")
        assert len(adopted) == 2, "the posts made before were not recognised"
        assert world.command("release", "--all").returncode == 1
        world.start()
        wait_until("the console answers", lambda: world.is_healthy())
        assert world.mode() == "normal", "an accepted backup was found again"
        assert world.stop() == 0


def assert_checks(receipt, options, expected):
    """`ledger check` as somebody runs it who has the file and the program, and no configuration."""
    checked = subprocess.run([os.environ["LIANDONG_BINARY"], "--config", "/nonexistent", "ledger", "check", receipt,
                              *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (checked.returncode == 0) == expected, (options, checked.stdout, checked.stderr)
    assert expected or "proof-0.json" in checked.stderr, checked.stderr


def exports_a_ledger_anyone_can_verify():
    with World(("weibo",)) as world:
        started_and_stopped(world)
        folder = world.folder / "exported"
        exported = world.command("ledger", "export", str(folder))
        assert exported.returncode == 0, exported.stdout + exported.stderr
        proof = world.command("ledger", "proof", "0")
        assert proof.returncode == 0 and proof.stdout.strip(), proof.stdout + proof.stderr
        receipt = world.folder / "proof-0.json"
        receipt.write_text(proof.stdout)
        key = json.loads(world.command("ledger", "key", "--json").stdout)["public_key"]
        for trusted in ((), ("--key", key)):
            assert_checks(receipt, trusted, True)
        assert_checks(receipt, ("--key", base64.b64encode(bytes(32)).decode()), False)
        receipt.write_text(proof.stdout.replace("genesis", "Genesis"))
        assert_checks(receipt, (), False)
        ours = world.command("ledger", "verify", "--folder", str(folder))
        assert ours.returncode == 0, ours.stdout + ours.stderr
        verified = shell_verdict(folder)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        # The same verifier must see a changed title.
        changed = 0
        for file in folder.rglob("*"):
            if file.is_file() and file.suffix not in (".sh", ".py"):
                content = file.read_bytes()
                forged = content.replace("第3号".encode(), "第9号".encode())
                if forged != content:
                    file.write_bytes(forged)
                    changed += 1
        assert changed, "no title in the exported ledger"
        forged = shell_verdict(folder)
        assert forged.returncode != 0, "a forged ledger passed: " + forged.stdout


def shell_verdict(folder):
    return subprocess.run(["sh", str(folder / "verify.sh")], cwd=folder, capture_output=True, text=True,
                          timeout=60)


if __name__ == "__main__":
    sys.exit(run_tests(refuses_a_broken_configuration, refuses_a_missing_database, refuses_a_newer_schema,
                       refuses_a_damaged_file, keeps_running_over_reloads, refuses_a_second_run_while_one_runs,
                       pushes_nothing_twice_at_the_second_start, sends_nothing_from_a_restored_backup_until_told,
                       exports_a_ledger_anyone_can_verify))
