#!/usr/bin/env python3
"""The running service tells people: a website that cannot be read becomes an alert at the webhook."""

import base64
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, secret, wait_until
from test_evidence import Receiver


def told_of(receiver, subject):
    return any(subject in json.loads(body).get("data", {}).__str__() for _, body in receiver.taken)


def check(world, receiver):
    key = secret(world.folder, "alerts.key", "whsec_" + base64.b64encode(b"k" * 32).decode())
    world.config.write_text(world.config.read_text() +
                            f'[alerts]\nevery = "10s"\n[alerts.webhook]\nurl = "{receiver.url}"\n'
                            f'secret_file = "{key}"\n')
    world.site.pages["/rss.xml"] = (403, "text/html", b"<html>403</html>")
    world.start(init=True)
    wait_until("an alert names the source", lambda: told_of(receiver, "来源故障"), 90)
    assert world.stop() == 0


def main():
    receiver = Receiver()
    try:
        with World(("weibo",)) as world:
            try:
                check(world, receiver)
                print("ok alerts", flush=True)
                return 0
            except (AssertionError, OSError) as error:
                print(f"FAILED: {error}\n{[body.decode() for _, body in receiver.taken]}\n{world.last_log()}", flush=True)
                return 1
    finally:
        receiver.stop()


if __name__ == "__main__":
    sys.exit(main())
