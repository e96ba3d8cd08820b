#!/usr/bin/env python3
"""A website's signed call reaches a node that does not watch it: the one that does looks all the same."""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import free_port, wait_until
from postgres_world import PostgresWorld
from test_site_calls import call, configure, standard


def main():
    with PostgresWorld(("weibo",), items=2) as world:
        configure(world, free_port())
        nodes = [world.add_node(), world.add_node()]
        wait_until("they share", lambda: len(set(world.holders().values())) == 2)
        wait_until("the first look", lambda: world.all_final(len(world.site.titles) * 2), 60)
        time.sleep(6)  # a call within five seconds of a look waits for them; this one need not
        watching = world.holders()["site 127.0.0.1"]
        other = next(node for node in nodes if not watching.endswith(f"/{node.process.pid}"))
        port = int(re.search(r'callbacks_listen = "127.0.0.1:(\d+)"', other.config.read_text()).group(1))
        before = len(world.states())
        world.site.titles.append("关于网站主动通知的公告")

        body = b'{"type":"item.published"}'
        assert call(port, standard(body), body) == 202
        wait_until("the new item is out", lambda: world.all_final(before + 2), 30)

        assert world.query("SELECT source FROM node_call") == [], "the call is heard for ever"
        lost, duplicated = world.judge()
        assert not lost and not duplicated, (lost, duplicated)
        assert [node.stop() for node in nodes] == [0, 0]
    print("ok")


if __name__ == "__main__":
    main()
