#!/usr/bin/env python3
"""The program as an operator meets it: refused starts, signals, a second start, the ledger's check."""

import pathlib
import signal
import sqlite3
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, wait_until

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


def healthy(world):
    text = world.config.read_text()
    address = text.split('listen = "')[1].split('"')[0]
    try:
        with urllib.request.urlopen(f"http://{address}/healthz", timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def keeps_running_over_reloads():
    with World(("weibo",)) as world:
        world.start(init=True)
        wait_until("the console answers", lambda: healthy(world))
        good = world.config.read_text()
        for text in (good, good + "\n[nonsense]\na = 1\n"):
            world.config.write_text(text)
            world.daemon.send_signal(signal.SIGHUP)
            time.sleep(1)
            assert world.daemon.poll() is None, "a reload ended it"
            assert healthy(world)
        assert "nonsense" in world.last_log(), "a bad reload is not reported"
        assert world.stop() == 0


def refuses_a_second_run_while_one_runs():
    with World(("weibo",)) as world:
        world.start(init=True)
        wait_until("the console answers", lambda: healthy(world))
        code, words = run_once(world)
        assert code != 0 and "already" in words, (code, words)
        assert world.daemon.poll() is None


def pushes_nothing_twice_at_the_second_start():
    with World(("weibo",)) as world:
        started_and_stopped(world)
        world.start()
        wait_until("the console answers", lambda: healthy(world))
        time.sleep(4)
        assert world.stop() == 0
        lost, duplicated = world.judge()
        assert not lost and not duplicated, (lost, duplicated)
        verified = world.command("ledger", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


def main():
    failed = 0
    for test in (refuses_a_broken_configuration, refuses_a_missing_database, refuses_a_newer_schema,
                 refuses_a_damaged_file, keeps_running_over_reloads,
                 refuses_a_second_run_while_one_runs, pushes_nothing_twice_at_the_second_start):
        try:
            test()
            print(f"ok {test.__name__}", flush=True)
        except (AssertionError, OSError) as error:
            failed += 1
            print(f"FAILED {test.__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
