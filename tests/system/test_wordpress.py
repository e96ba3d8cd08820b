#!/usr/bin/env python3
"""A real WordPress is watched: what is published, edited and trashed there reaches the screens."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, wait_until
from wordpress_site import WordpressSite


def count(world, condition):
    return world.query(f"SELECT count(*) FROM delivery WHERE {condition}")[0:1] or [(0,)]


def main():
    with WordpressSite() as site:
        site.publish("早已发布的通知", "<p>旧文</p>")
        with World(("weibo",), ("wordpress", site.url + "/"), site.url, backfill="0s") as world:
            try:
                follow(site, world)
            except AssertionError as error:
                print(f"FAILED {error}\n{world.query('SELECT * FROM item')}\n{world.last_log()}")
                return 1
    print("baseline, published, revised, withdrawn: ok")
    return 0


def follow(site, world):
    world.start(init=True)
    wait_until("the baseline", lambda: world.query("SELECT 1 FROM source_state WHERE baseline > 0"))
    assert count(world, "1")[0][0] == 0, "the baseline was pushed"
    post = site.publish("关于开展检查的通知", "<p>请各单位做好准备。</p>")
    wait_until("both delivered",
               lambda: count(world, "purpose = 'publish' AND state = 'delivered'")[0][0] == 2, 60)
    assert len(world.stubs["weibo"].published()) == 1, "not exactly one post"
    site.edit(post, title="关于做好检查的通知")
    wait_until("revision 2", lambda: world.query("SELECT 1 FROM revision WHERE number = 2"), 60)
    wait_until("corrected on the screens", lambda: count(
        world, "channel = 'hall' AND purpose = 'correct' AND state = 'delivered'")[0][0] == 1, 60)
    site.trash(post)
    wait_until("item withdrawn",
               lambda: world.query("SELECT 1 FROM item WHERE withdrawn_at IS NOT NULL"), 90)
    wait_until("withdrawn from the screens", lambda: count(
        world, "channel = 'hall' AND purpose = 'withdraw' AND state = 'delivered'")[0][0] == 1, 60)
    assert world.stop() == 0, "SIGTERM did not end it with 0"
    verified = world.command("ledger", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


if __name__ == "__main__":
    sys.exit(main())
