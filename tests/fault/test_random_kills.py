#!/usr/bin/env python3
"""Kills one daemon over and over at random moments while the website grows and the platforms lose answers
at random, with a stop or a reload here and there; then lets it finish: nothing lost, nothing twice, the
ledger verifies.

    test_random_kills.py [--kills N] [--seed N]

A fifth of the posts is made and not answered, a twentieth of the calls is lost before it acts.
"""

import argparse
import random
import signal
import sys
import time

from harness import (EVERYTHING, PACE, FeedSite, World, complain, report, route, source_config, title_of,
                     wait_until)

FIRST_IMPORTANT = 9001
IMPORTANT = 5  # Weibo shows no more than five posts, so they are all there is
POSTS = (("wechat", "/cgi-bin/draft/add"), ("wechat", "/cgi-bin/freepublish/submit"),
         ("mastodon", "/api/v1/statuses"), ("weibo", "/2/statuses/share.json"))
NO_ANSWER = ({"do": "withhold"}, {"do": "reset"}, {"do": "read_close"}, {"do": "cut", "bytes": 30})


class GrowingSite(FeedSite):
    """A second column holds the few that go to Weibo."""

    def __init__(self):
        super().__init__(3)
        self.shown = 60
        self.important = [title_of(FIRST_IMPORTANT)]

    def answer(self, path):
        if path.endswith(".html"):  # of a row that left the list; a 404 would withdraw it
            return 503, "text/html", b"<html>busy</html>"
        if path != "/important.xml":
            return super().answer(path)
        entries = [self.entry(number, title) for number, title in
                   enumerate(self.important, FIRST_IMPORTANT)]
        return 200, "application/rss+xml; charset=utf-8", self.rss("".join(entries)).encode()

    def grow(self, chance):
        if chance.random() < 0.5:
            self.titles.append(title_of(len(self.titles) + 1))
        if chance.random() < 0.1 and len(self.important) < IMPORTANT:
            self.important.append(title_of(FIRST_IMPORTANT + len(self.important)))


def make_world():
    site = GrowingSite()
    everywhere = ("wechat", "mastodon", "hall")
    world = World(
        ("wechat", "mastodon", "weibo"), site=site.url, source=("feed", site.url + "/rss.xml"),
        pace=PACE.replace("settle", "max_attempts = 50\nsettle"),
        options={"mastodon": {"family": "gotosocial"}},  # keeps no key: the list must be read
        routes=route("all", everywhere, 'sources = ["notices"]\n') +
        route("important", ("weibo",), 'sources = ["important"]\n'),
        more=source_config("feed", site.url + "/important.xml", name="important"))
    world.site = site
    world.wanted["weibo"] = site.important
    return world


def break_answers(world):
    for name, path in POSTS:
        for what in NO_ANSWER:
            world.stubs[name].fault(path=path, method="POST", count=-1, probability=0.05, **what)
        world.stubs[name].fault(path=path, method="POST", count=-1, probability=0.05, when="before",
                                do="close")


def live(daemon, chance):
    until = time.monotonic() + chance.choice((chance.uniform(0.05, 0.6), chance.uniform(0.3, 2.5)))
    while time.monotonic() < until and daemon.poll() is None:
        time.sleep(0.005)


def kill_often(world, kills, chance):
    """What ended by itself."""
    failures = []
    for number in range(kills):
        daemon = world.start()
        live(daemon, chance)
        fate = chance.random()
        if fate < 0.1:
            wait_until("it answers", world.is_healthy)
            daemon.send_signal(signal.SIGHUP)
            live(daemon, chance)
        elif fate < 0.2:
            wait_until("it answers", world.is_healthy)
            code = world.stop()
            if code != 0:
                failures.append(f"stop {number} ended it with {code}")
            world.start()
            live(world.daemon, chance)
        if world.daemon.poll() is not None:
            failures.append(f"start {number} ended with {world.daemon.returncode}")
        world.kill()
        seen = world.query("SELECT count(*) FROM item") or [(0,)]
        if len(world.site.titles) - seen[0][0] < world.site.shown // 2:
            world.site.grow(chance)  # what leaves the list before it was ever read is nobody's to push
        if (number + 1) % 100 == 0:
            print(f"{number + 1} kills, {len(world.site.titles)} items", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000 if EVERYTHING else 40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with make_world() as world:
        break_answers(world)
        failures = kill_often(world, options.kills, chance)
        for stub in world.stubs.values():
            stub.end_faults()
        expected = len(world.site.titles) * 3 + len(world.site.important)
        failures += world.run_to_end(expected, 120 + options.kills)
        verdict = world.verdict(failures, options.kills)
        if verdict.is_bad():
            complain(f"--kills {options.kills} --seed {options.seed}", verdict)
        report("random kills", 1, verdict)
        return 1 if verdict.is_bad() or verdict.held else 0


if __name__ == "__main__":
    sys.exit(main())
