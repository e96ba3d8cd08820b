#!/usr/bin/env python3
"""Kills the daemon at every numbered point, also while it recovers from an earlier kill, and breaks the
platforms' answers; whatever happens, each item must stand on each channel exactly once and the ledger
must verify.

    test_kill.py [--only 14@2] [--control no-read-back|reuse]

--control runs a daemon that is wrong on purpose and ends with 0 when the oracle saw a duplicate.
"""

import argparse
import functools
import re
import sys

from harness import (ENDED, EVERYTHING, ITEMS, ROOT, STUB_TOKEN, Verdict, World, complain, in_parallel,
                     report, route, wait_until)

DRAIN = 93
DECISIONS = (6, 7)
EXPORT = 94
CALLS = (("weibo", "/2/statuses/share.json"), ("wechat", "/cgi-bin/draft/add"),
         ("wechat", "/cgi-bin/freepublish/submit"))
SILENT = {"when": "after_commit", "do": "read_close"}
STUB_FAULTS = ({"when": "after_commit", "do": "cut", "bytes": 20},
               {"when": "after_commit", "do": "reset"},
               SILENT,
               {"when": "before", "do": "close"},
               {"when": "before", "do": "http", "status": 502, "body": "bad gateway"})
WITHHOLD = {"when": "after_commit", "do": "withhold"}
# A read-back happens only after something was unclear: posted without an answer, or not at all.
UNCLEAR = ("weibo", CALLS[0][1], SILENT)
ABSENT = ("weibo", CALLS[0][1], {"when": "before", "do": "close"})
# Platforms that take their time, with the point where that matters most.
MOODS = (({"weibo": {"sync_lag": 1.2}}, "18:kill"), ({"weibo": {"slow_answer": True}}, "22:kill"),
         ({"wechat": {"draft_leaves": "submit", "publish_seconds": 1}}, "61:kill"),
         ({"wechat": {"publish_seconds": 1.5, "list_order": "oldest"}}, "60@2:kill"),
         ({"wechat": {"material_seconds": 2}}, "51:kill"),
         ({"wechat": {"number_ids": False, "busy": "/cgi-bin/draft/add"}}, "55:kill"))
CONTROL_WORLDS = 4
CHANNELS = 3  # weibo, wechat, hall
APP = "wx0123456789abcdef"


def fault_points():
    text = (ROOT / "daemon/platform/fault_point.h").read_text()
    return [int(number) for number in re.findall(r"^\s*X\((\d+), \"", text, re.MULTILINE)]


def number_of(order):
    return int(re.split("[@:]", order)[0])


def withdraw_token(world):
    """The daemon's first token is one that is refused and nevertheless issued again."""
    stub = world.stubs["wechat"]
    stub.post("/cgi-bin/stable_token", {"grant_type": "client_credential", "appid": APP,
                                        "secret": STUB_TOKEN})
    stub.post("/_stub/token", {"do": "withdraw"})


def run_case(orders=(), fault=None, control="", seconds=90, options=None, prepare=None):
    """(verdict, orders that killed, points hit) of one world; the orders are carried out one start
    after the other."""
    environment = {"LIANDONG_CONTROL": control} if control else {}
    with World(options=options) as world:
        if fault:
            name, path, what = fault
            world.stubs[name].fault(path=path, method="POST", **what)
        if prepare:
            prepare(world)
        failures, killed = [], []
        try:
            for order in orders:
                if run_until_killed(world, order, environment):
                    killed.append(order)
        except Exception as error:  # one broken world is a finding, not the end of the suite
            failures.append(f"{type(error).__name__}: {error}")
        world.kill()
        failures += world.run_to_end(ITEMS * CHANNELS, seconds, **environment)
        return world.verdict(failures, len(killed)), killed, world.hit_points()


def run_until_killed(world, order, environment):
    """True when the ordered point ended the daemon."""
    daemon = world.start(LIANDONG_FP=order, **environment)
    done = lambda: world.all_final(ITEMS * CHANNELS)
    wait_until("killed, or everything delivered", lambda: daemon.poll() is not None or done(), 60)
    if daemon.poll() is None:
        if number_of(order) == DRAIN:
            daemon.terminate()
            daemon.wait(timeout=10)
        else:
            world.kill()
            return False
    return daemon.returncode == -9


def run_decision(order):
    """Everything waits for a person, who is killed while approving the first of it."""
    expected = ITEMS * CHANNELS
    with World(more='[review.approvers]\nnotice = 1\n') as world:
        failures = world.run_to_end(expected, ends=ENDED)
        held = [row[0] for row in world.query("SELECT id FROM delivery WHERE state = 'held'")]
        if len(held) != expected:
            failures.append(f"{len(held)} held in place of {expected}")
        text = dict(world.query("SELECT id, sha256 FROM delivery"))
        killed = world.command("approve", str(held[0]), "--text", text[held[0]], LIANDONG_FP=order).returncode == -9
        was = world.query(f"SELECT state FROM delivery WHERE id = {held[0]}")[0][0]
        if was != ("held" if number_of(order) == DECISIONS[0] else "queued"):
            failures.append(f"the decision that was {order} left it {was}")
        for delivery in held if was == "held" else held[1:]:
            approved = world.command("approve", str(delivery), "--text", text[delivery])
            if approved.returncode != 0:
                failures.append(approved.stderr)
        failures += world.run_to_end(expected)
        return world.verdict(failures, killed), [order] if killed else [], world.hit_points()


def run_export(order):
    """The export is killed with its files half in place, and made again over what is there."""
    with World() as world:
        failures = world.run_to_end(ITEMS * CHANNELS)
        folder = str(world.folder / "export")
        killed = world.command("ledger", "export", folder, LIANDONG_FP=order).returncode == -9
        for arguments in (("export", folder), ("verify", "--folder", folder)):
            again = world.command("ledger", *arguments)
            if again.returncode != 0:
                failures.append(f"ledger {arguments[0]}: {again.stdout}{again.stderr}"[-500:])
        return world.verdict(failures, killed), [order] if killed else [], world.hit_points()


def point_case(order):
    """What makes the daemon come to the point."""
    number = number_of(order)
    case = {"orders": (order,)}
    if number in (23, 24, 26, 70, 71, 72):
        case["fault"] = UNCLEAR
    elif number == 25:  # the transaction of a push that proved absent
        case["fault"] = ABSENT
    elif number in (32, 33, 34):
        case["prepare"] = withdraw_token
    elif number in (90, 91):
        case["orders"] = ("14:kill", order)
    return case


def cases():
    """(name, function, arguments)"""
    listed = []
    for number in fault_points():
        order = f"{number}:kill"
        if number in DECISIONS:
            listed.append((f"point {number}", run_decision, {"order": order}))
        elif number == EXPORT:
            listed += [(f"point {number}@{hit}", run_export, {"order": f"{number}@{hit}:kill"})
                       for hit in (1, 2)]
        else:
            listed.append((f"point {number}", run_case, point_case(order)))
    later = (2, 3, 4, 5, 7) if EVERYTHING else (2, 3)
    commits = range(1, 41) if EVERYTHING else (9, 14)
    for number, hits in ((12, later), (14, later), (18, later), (20, later), (21, later), (22, later),
                         (11, commits), (13, commits)):
        listed += [(f"point {number}@{hit}", run_case, {"orders": (f"{number}@{hit}:kill",)})
                   for hit in hits]
    listed += [(f"recovery {' '.join(orders)}", run_case, {"orders": orders})
               for orders in recoveries()]
    # A post that Weibo answered with 20032 is looked for after two minutes.
    listed += [(f"{mood} {order}", run_case, {"options": mood, "orders": (order,), "seconds": 240})
               for mood, order in MOODS]
    for name, path in CALLS:
        for what in STUB_FAULTS + ((WITHHOLD,) if EVERYTHING else ()):
            listed.append((f"{name} {path} {what['when']} {what['do']}", run_case,
                           {"fault": (name, path, what), "seconds": 150}))
    listed.append(("killed while the answer is withheld", run_withheld, {}))
    listed.append(("twin of another post", run_twin, {}))
    return listed


def recoveries():
    """Kills while the daemon recovers from kills."""
    chains = [("18:kill", "90:kill", "71:kill", "72:kill"), ("14:kill", "24:kill", "25:kill", "12:kill")]
    if EVERYTHING:
        during = (10, 11, 13, 14, 15, 18, 20, 21, 22, 23, 24, 26, 70, 71, 80, 81, 82, 83, 84, 90, 91)
        chains += [(f"{first}:kill", f"{second}:kill", f"{second}@2:kill")
                   for first in (14, 18, 22, 55, 61) for second in during]
    return chains


def run_withheld():
    """Posted, and not answered when the daemon dies."""
    with World() as world:
        for name, path in (CALLS[0], CALLS[2]):
            world.stubs[name].fault(path=path, method="POST", **WITHHOLD)
        failures = []
        try:
            world.start()
            wait_until("both have acted", lambda: all(
                stub.published() for stub in world.stubs.values()), 30)
        except AssertionError as error:
            failures.append(str(error))
        world.kill()
        failures += world.run_to_end(ITEMS * CHANNELS, 90)
        return world.verdict(failures, 1), [], world.hit_points()


def run_twin():
    """Two notices with one title and one beginning: the one that was not sent must not take the other's
    post for its own."""
    with World(("weibo",), items=2, routes=route("all", ("weibo",))) as world:
        site = world.site
        site.titles[1] = site.titles[0]
        site.entry = lambda number, title: (
            f"<item><title>{title}</title><link>{site.url}/{number}.html</link>"
            f"<guid isPermaLink=\"false\">item-{number}</guid><pubDate>{site.date}</pubDate>"
            f"<content:encoded><![CDATA[<p>{'请有关单位按照要求认真办理。' * 40}</p>"
            f"<p>第{number}批名单见附件{number}。</p>]]></content:encoded></item>")
        daemon = world.start(LIANDONG_FP="14@2:kill")
        wait_until("killed", lambda: daemon.poll() is not None or world.all_final(2), 60)
        failures = [] if daemon.poll() is not None else ["it was never killed"]
        world.kill()
        failures += world.run_to_end(2, 60)
        posts = len(world.stubs["weibo"].published())
        if posts != 2:
            failures.append(f"{posts} posts of 2 items")
        world.wanted["weibo"] = ["/1.html?", "/2.html?"]  # the titles are one
        return world.verdict(failures, 1), [], world.hit_points()


# What makes each wrong daemon publish twice: a call that is acted upon and never answered. A reused
# connection exists from the second call on, and is repeated at once: Weibo would refuse that as a
# repeat of its last post, so it is WeChat's submit, taken twice.
CONTROLS = {
    "no-read-back": {"fault": UNCLEAR},
    "reuse": {"fault": ("wechat", CALLS[2][1], {**SILENT, "skip": 1}),
              "options": {"wechat": {"resubmit": "accept"}}},
}


def run_control(control):
    """True when the oracle saw the duplicate. Whether the wrong daemon does wrong is chance in part: on a busy
    machine the call may find its former connection taken, so a world without a duplicate is made again."""
    for _ in range(CONTROL_WORLDS):
        verdict, _, _ = run_case(control=control, **CONTROLS[control])
        print(f"control {control}: {verdict.figures()}")
        if verdict.duplicated:
            return True
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    parser.add_argument("--control", choices=tuple(CONTROLS))
    options = parser.parse_args()
    if options.control:
        return 0 if run_control(options.control) else 1
    listed = [case for case in cases() if not options.only or options.only in case[0]]
    whole, hits, killed_at, broken = Verdict(), set(), set(), 0
    bound = [(name, {"run": functools.partial(function, **arguments)})
             for name, function, arguments in listed]
    for name, (verdict, killed, hit) in in_parallel(lambda run: run(), bound):
        hits |= hit
        killed_at |= {number_of(order) for order in killed}
        whole.add(verdict)
        if verdict.is_bad():
            broken += 1
            complain(name, verdict)
    missed = [] if options.only else sorted(set(fault_points()) - hits)
    unkilled = [] if options.only else sorted(set(fault_points()) - killed_at)
    report("kill at each point", len(listed), whole)
    print(f"points {len(fault_points())}, hit {len(hits)}, killed at {len(killed_at)}")
    if missed:
        print(f"never hit: {missed}")
    if unkilled:
        print(f"never killed at: {unkilled}")
    return 1 if broken or missed or unkilled else 0


if __name__ == "__main__":
    sys.exit(main())
