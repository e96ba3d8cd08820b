#!/usr/bin/env python3
"""Several items in one WeChat draft: whatever dies or stays unanswered on the way, each article is public
exactly once, in one post, with a receipt of its own.

    test_group.py [--only NAME]
"""

import collections
import json
import sys

from harness import EVERYTHING, PACE, Verdict, World, run_suite, wait_until

DRAFT, SUBMIT = "/cgi-bin/draft/add", "/cgi-bin/freepublish/submit"
SEND = "/cgi-bin/message/mass/sendall"
ITEMS = 4
# Of the joint steps: before the intent, intent stored, request leaves, reply begins, answered, stored.
POINTS = (52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 66, 68, 69)


class Grouped:
    """Items that become due at the same moment, so that they are one draft."""

    def __init__(self, mode="publish", **options):
        pace = PACE.replace('first_wait = "0s"', 'first_wait = "3s"')
        pace += f'batch_max = 8\nmode = "{mode}"\n'
        self.world = World(("wechat",), items=ITEMS, options={"wechat": options}, pace=pace)
        self.stub = self.world.stubs["wechat"]
        self.public = "mass" if mode == "mass_send" else "publish"

    def __enter__(self):
        return self

    def __exit__(self, *why):
        return self.world.__exit__(*why)

    def rows(self):
        return self.world.query("SELECT state, remote_id, step FROM delivery WHERE channel = 'wechat'")

    def ends(self):
        return len(self.rows()) == ITEMS and all(row[0] in ("delivered", "held", "failed")
                                                 for row in self.rows())

    def finish(self, failures, seconds=120):
        try:
            wait_until("all have ended", self.ends, seconds)
        except AssertionError as error:
            failures.append(f"{error}: {self.rows()}")

    def posts(self):
        return [entry for entry in self.stub.journal() if entry["op"] == self.public]

    def verdict(self, failures, kills=0):
        self.world.kill()
        if self.world.command("ledger", "verify").returncode != 0:
            failures.append("the ledger does not verify")
        rows = self.rows()
        shown = collections.Counter(article["title"] for post in self.posts()
                                    for article in post["articles"])
        titles = self.world.site.titles
        delivered = [row for row in rows if row[0] == "delivered"]
        if len({row[1] for row in delivered}) != len(delivered):
            failures.append(f"one receipt for two articles: {rows}")
        settled = [json.loads(line) for (line,) in self.world.query("SELECT line FROM ledger")]
        said = [entry for entry in settled if entry.get("result") == "delivered"
                and entry["channel"] == "wechat"]
        if len(said) != len(delivered):
            failures.append(f"the ledger says delivered {len(said)} times of {len(delivered)}")
        result = Verdict(failures=failures, kills=kills)
        result.held = [row for row in rows if row[0] != "delivered"]
        result.lost = [title for title in titles if not shown[title]] if not result.held else []
        result.duplicated = [title for title in titles if shown[title] > 1]
        if result.is_bad():
            failures.append(self.world.last_log())
        return result


def one_post(grouped, failures):
    if len(grouped.posts()) != 1:
        failures.append(f"{len(grouped.posts())} posts in place of one")


def undisturbed(mode):
    with Grouped(mode) as grouped:
        grouped.world.start(init=True)
        failures = []
        grouped.finish(failures)
        one_post(grouped, failures)
        failures += untold(grouped)
        return grouped.verdict(failures)


def untold(grouped):
    """What `explain` and `report` do not say: four items, each a delivery and an article of its own."""
    told = grouped.world.command("explain", "2").stdout
    wrong = [] if f"共 {ITEMS} 篇，排第 2 篇" in told else [f"explain: {told}"]
    year = grouped.world.query("SELECT max(year) FROM counter")[0][0]
    counted = dict(grouped.world.query(
        "SELECT measure, sum(value) FROM counter WHERE channel = 'wechat' AND year = "
        f"{year} GROUP BY measure"))
    if (counted.get("deliveries"), counted.get("articles")) != (ITEMS, ITEMS):
        wrong.append(f"counted: {counted}")
    used = grouped.world.query("SELECT used FROM channel_use WHERE channel = 'wechat' AND slot LIKE 'day %'")
    if sum(row[0] for row in used) != 1:
        wrong.append(f"a group is one start of the budgets: {used}")
    return wrong


def killed_at(point):
    with Grouped() as grouped:
        daemon = grouped.world.start(init=True, LIANDONG_FP=f"{point}:kill")
        failures = []
        wait_until("killed", lambda: daemon.poll() is not None, 90)
        grouped.world.kill()
        grouped.world.start()
        grouped.finish(failures)
        one_post(grouped, failures)
        return grouped.verdict(failures, kills=1)


def withheld(path, when, mode):
    """kill -9 while the platform has the request and the answer is out."""
    with Grouped(mode) as grouped:
        grouped.stub.fault(path=path, method="POST", do="withhold", when=when)
        grouped.world.start(init=True)
        wait_until("the request is out", lambda: grouped.stub.requests(path), 60)
        grouped.world.kill()
        grouped.stub.end_faults()
        grouped.world.start()
        failures = []
        grouped.finish(failures)
        one_post(grouped, failures)
        return grouped.verdict(failures, kills=1)


def unanswered(path, do, mode):
    with Grouped(mode) as grouped:
        grouped.stub.fault(path=path, method="POST", do=do, when="after_commit", bytes=40)
        grouped.world.start(init=True)
        failures = []
        grouped.finish(failures)
        one_post(grouped, failures)
        return grouped.verdict(failures)


def cases():
    listed = [(f"undisturbed {mode}", {"run": lambda mode=mode: undisturbed(mode)})
              for mode in ("publish", "mass_send")]
    points = POINTS if EVERYTHING else (55, 61)
    listed += [(f"point {point}", {"run": lambda point=point: killed_at(point)}) for point in points]
    calls = ((DRAFT, "publish"), (SUBMIT, "publish"), (SEND, "mass_send"))
    for path, mode in calls if EVERYTHING else calls[1:]:
        listed += [(f"withheld {path} {when}",
                    {"run": lambda path=path, when=when, mode=mode: withheld(path, when, mode)})
                   for when in (("before", "after_commit") if EVERYTHING else ("after_commit",))]
        listed += [(f"{do} {path}",
                    {"run": lambda path=path, do=do, mode=mode: unanswered(path, do, mode)})
                   for do in (("read_close", "cut") if EVERYTHING else ("read_close",))]
    return listed


if __name__ == "__main__":
    sys.exit(run_suite("groups", lambda run: run(), cases()))
