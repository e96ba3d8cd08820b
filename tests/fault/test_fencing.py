#!/usr/bin/env python3
"""A sender that was stopped while another took its work over must not write down what it finds when it
goes on. The other could start only because the lock was taken away, as a database server does with the
session of a node it no longer hears. And a person may decide what the daemon is still looking into.

    test_fencing.py [--control no-epoch]
"""

import argparse
import functools
import re
import signal
import sqlite3
import sys
import time

from harness import Verdict, World, free_port, judge, route, wait_until

SHARE = "/2/statuses/share.json"
TIMELINE = "/2/statuses/user_timeline.json"


def is_stopped(process):
    with open(f"/proc/{process.pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "T"


def is_free(world):
    """No transaction of the stopped process is open: it would keep everybody out for good."""
    connection = sqlite3.connect(world.database, timeout=0)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        return True
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def stop_while_answering(world, environment):
    """The platform has acted, its answer comes while the sender is stopped."""
    world.stubs["weibo"].fault(path=SHARE, method="POST", when="after_commit", do="delay", seconds=3)
    first = world.start(**environment)
    wait_until("posted", world.stubs["weibo"].published)
    while True:
        first.send_signal(signal.SIGSTOP)
        wait_until("stopped", lambda: is_stopped(first))
        if is_free(world):
            return first
        first.send_signal(signal.SIGCONT)
        time.sleep(0.02)


def stop_before_storing(world, environment):
    """The answer is there, nothing of it is stored."""
    first = world.start(LIANDONG_FP="20:stop", **environment)
    wait_until("stopped", lambda: first.poll() is not None or is_stopped(first))
    return first


def run_takeover(stop, control=""):
    environment = {"LIANDONG_CONTROL": control} if control else {}
    failures, first = [], None
    with World(("weibo",), items=1, routes=route("all", ("weibo",))) as world:
        try:
            first = stop(world, environment)
            if not is_free(world):
                return None
            (world.data / "liandong.db.lock").unlink()
            use_other_ports(world)
            failures += world.run_to_end(1, 60, **environment)
            first.send_signal(signal.SIGCONT)
            wait_until("it notices", lambda: "delivery.fenced" in world.log.read_text(), 20)
        except AssertionError as error:
            failures.append(str(error))
        finally:
            if first and first.poll() is None:
                first.kill()
                first.wait()
        return world.verdict(failures)


def run_fitting(stop, control=""):
    """Again when the stop fell into a transaction."""
    verdicts = (run_takeover(stop, control) for _ in range(5))
    return next((verdict for verdict in verdicts if verdict), Verdict(
        failures=["the stop fell into a transaction five times"]))


def run_decided():
    """A person says where the post is while the daemon looks for it: the person's word stands."""
    with World(("weibo",), items=1, routes=route("all", ("weibo",))) as world:
        stub = world.stubs["weibo"]
        stub.fault(path=SHARE, method="POST", when="before", do="close")
        stub.fault(path=TIMELINE, method="GET", when="before", do="delay", seconds=2, count=-1)
        world.start()
        failures = []
        try:
            wait_until("it looks", lambda: stub.requests(TIMELINE))
            told = world.command("record", "1", "--url", "https://weibo.com/1/abc")
            failures += [told.stderr] if told.returncode != 0 else []
            looks = len(stub.requests(TIMELINE))
            time.sleep(3)
            failures += [] if world.is_healthy() else ["the daemon ended"]
            failures += ["it looks on"] if len(stub.requests(TIMELINE)) > looks else []
        except AssertionError as error:
            failures.append(str(error))
        world.kill()
        failures += [] if world.states() == ["delivered"] else [f"it is {world.states()}"]
        failures += ["it was sent all the same"] if stub.published() else []
        return Verdict(failures=failures)


def run_control(control):
    """True when the oracle saw that both wrote."""
    told_twice = [words for words in run_fitting(stop_before_storing, control).failures
                  if "the ledger says" in words]
    print(f"control {control}: {told_twice}")
    return bool(told_twice)


def use_other_ports(world):
    """The first still holds its own."""
    text = world.config.read_text()
    for port in re.findall(r'listen = "127.0.0.1:(\d+)"', text):
        text = text.replace(f'127.0.0.1:{port}"', f'127.0.0.1:{free_port()}"')
    world.config.write_text(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", choices=("no-epoch",))
    options = parser.parse_args()
    if options.control:
        return 0 if run_control(options.control) else 1
    runs = (("stopped while the answer came", functools.partial(run_fitting, stop_while_answering)),
            ("stopped before storing", functools.partial(run_fitting, stop_before_storing)),
            ("decided while it was looked for", run_decided))
    return judge("two writers", ((name, run()) for name, run in runs))


if __name__ == "__main__":
    sys.exit(main())
