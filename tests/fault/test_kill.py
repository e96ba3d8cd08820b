#!/usr/bin/env python3
"""Kills the daemon at every numbered point and breaks the platforms' answers; whatever happens, each
item must stand on each channel exactly once and the ledger must verify.

    test_kill.py [--all] [--only 14@2] [--control no-read-back|reuse]

--control runs a daemon that is wrong on purpose and ends with 0 when the oracle saw a duplicate.
"""

import argparse
import concurrent.futures
import os
import re
import sys

from harness import ITEMS, ROOT, World, wait_until

REPEATED = (12, 14, 20, 21, 22)
DRAIN = 93
RECOVERY = (90, 91)
CALLS = (("weibo", "/2/statuses/share.json"), ("wechat", "/cgi-bin/draft/add"),
         ("wechat", "/cgi-bin/freepublish/submit"))
STUB_FAULTS = ({"when": "after_commit", "do": "cut", "bytes": 20},
               {"when": "after_commit", "do": "reset"},
               {"when": "after_commit", "do": "read_close"},
               {"when": "before", "do": "close"},
               {"when": "before", "do": "http", "status": 502, "body": "bad gateway"})
WITHHOLD = {"when": "after_commit", "do": "withhold"}
CHANNELS = 3  # weibo, wechat, hall


def fault_points():
    text = (ROOT / "daemon/platform/fault_point.h").read_text()
    return [int(number) for number in re.findall(r"^\s*X\((\d+), \"", text, re.MULTILINE)]


def run_case(order="", fault=None, control="", seconds=60, options=None):
    """(failures, lost, duplicated, killed, hits) of one world."""
    environment = {"LIANDONG_CONTROL": control} if control else {}
    number = int(re.split("[@:]", order)[0]) if order else 0
    failures, killed = [], False
    with World(options=options) as world:
        if fault:
            name, path, what = fault
            world.stubs[name].fault(path=path, method="POST", **what)
        done = lambda: world.all_final(ITEMS * CHANNELS)
        try:
            first = "14:kill" if number in RECOVERY else order
            if order:
                killed = run_until_killed(world, first, number, environment, done, init=True)
                if number in RECOVERY:
                    killed = run_until_killed(world, order, number, environment, done)
            world.start(init=not world.database.exists(), **environment)
            ended = lambda: world.daemon.poll() is not None
            wait_until("started", lambda: world.is_healthy() or ended())
            wait_until("every delivery is final", lambda: done() or ended(), seconds)
            if ended():
                failures.append(f"the daemon ended with {world.daemon.returncode}")
            elif world.stop() != 0:
                failures.append("SIGTERM did not end it with 0")
        except Exception as error:  # one broken world is a finding, not the end of the suite
            failures.append(f"{type(error).__name__}: {error}")
        if world.daemon and world.daemon.poll() is None:
            world.daemon.kill()
            world.daemon.wait()
        verified = world.command("ledger", "verify")
        if verified.returncode != 0:
            failures.append("ledger verify: " + (verified.stdout + verified.stderr)[-500:])
        lost, duplicated = world.judge()
        if failures or lost or duplicated:
            failures.append(str(world.query("SELECT channel, state, step, code, message FROM delivery "
                                            "WHERE state != 'delivered'")))
            failures.append(world.last_log())
        return failures, lost, duplicated, killed, world.hit_points()


def run_until_killed(world, order, number, environment, done, init=False):
    """True when the ordered point ended the daemon."""
    daemon = world.start(init=init, LIANDONG_FP=order, **environment)
    wait_until("killed, or everything delivered", lambda: daemon.poll() is not None or done(), 60)
    if daemon.poll() is None:
        if number == DRAIN:
            daemon.terminate()
            daemon.wait(timeout=10)
        else:
            daemon.kill()
            daemon.wait()
            return False
    return daemon.returncode == -9


def cases(everything):
    listed = [(f"point {number}", {"order": f"{number}:kill"}) for number in fault_points()]
    for number in REPEATED:
        for hit in (2, 3) + ((4, 5, 7) if everything else ()):
            listed.append((f"point {number}@{hit}", {"order": f"{number}@{hit}:kill"}))
    # A read-back happens only after something was unclear.
    unclear = ("weibo", CALLS[0][1], {"when": "after_commit", "do": "read_close"})
    absent = ("weibo", CALLS[0][1], {"when": "before", "do": "close"})
    for _, arguments in listed:
        number = int(re.split("[@:]", arguments["order"])[0])
        if number in (23, 24, 26):
            arguments["fault"] = unclear
        elif number == 25:  # the transaction of a push that proved absent
            arguments["fault"] = absent
    for name, path in CALLS:
        for what in STUB_FAULTS + ((WITHHOLD,) if everything else ()):
            listed.append((f"{name} {path} {what['when']} {what['do']}",
                           {"fault": (name, path, what), "seconds": 120}))
    if not everything:
        listed.append(("weibo withhold", {"fault": ("weibo", CALLS[0][1], WITHHOLD), "seconds": 120}))
    return listed


# What makes each wrong daemon publish twice: a call that is acted upon and never answered. A reused
# connection exists from the second call on, and is repeated at once: Weibo would refuse that as a
# repeat of its last post, so it is WeChat's submit, taken twice.
LOST_ANSWER = {"when": "after_commit", "do": "read_close"}
CONTROLS = {
    "no-read-back": {"fault": ("weibo", CALLS[0][1], LOST_ANSWER)},
    "reuse": {"fault": ("wechat", CALLS[2][1], {**LOST_ANSWER, "skip": 1}),
              "options": {"wechat": {"resubmit": "accept"}}},
}


def run_control(control):
    """0 when the oracle saw the duplicate."""
    _, lost, duplicated, _, _ = run_case(control=control, **CONTROLS[control])
    print(f"control {control}: lost {len(lost)}, duplicated {len(duplicated)}")
    return 0 if duplicated else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--control", choices=tuple(CONTROLS))
    options = parser.parse_args()
    if options.control:
        return run_control(options.control)
    listed = cases(options.all)
    if options.only:
        listed = [case for case in listed if options.only in case[0]]
    hits, broken, lost_all, duplicated_all, killed_at = set(), 0, 0, 0, set()
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("LIANDONG_PARALLEL", "2"))) as pool:
        running = {pool.submit(run_case, **arguments): (name, arguments) for name, arguments in listed}
        for future in concurrent.futures.as_completed(running):
            name, arguments = running[future]
            failures, lost, duplicated, killed, hit = future.result()
            hits |= hit
            lost_all += len(lost)
            duplicated_all += len(duplicated)
            if killed:
                killed_at.add(arguments["order"])
            if failures or lost or duplicated:
                broken += 1
                print(f"FAILED {name}: lost {lost} duplicated {duplicated}")
                print("  " + "\n  ".join(failures))
    missed = [] if options.only else sorted(set(fault_points()) - hits)
    unkilled = [arguments["order"] for _, arguments in listed
                if "@" not in arguments.get("order", "@") and arguments["order"] not in killed_at]
    print(f"cases {len(listed)}, points {len(hits)}, kills {len(killed_at)}, lost {lost_all}, "
          f"duplicated {duplicated_all}")
    if missed:
        print(f"never hit: {missed}")
    if unkilled:
        print(f"ordered but never killed: {unkilled}")
    return 1 if broken or missed or unkilled else 0


if __name__ == "__main__":
    sys.exit(main())
