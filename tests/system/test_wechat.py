#!/usr/bin/env python3
"""WeChat around the whole program: callbacks as a hint beside polling, and one mass-send a day."""

import pathlib
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, free_port, run_tests, secret, wait_until

TOKEN = "liandong-callback-token"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PATH = "/callback/wechat-1"


class CalledWorld:
    """A World whose WeChat calls back, `called_as` the stub's option callback_as."""

    def __init__(self, called_as="honest", key=KEY):
        self.port = free_port()
        stub = {"publish_seconds": 4.5, "callback": f"http://127.0.0.1:{self.port}{PATH}",
                "callback_token": TOKEN, "callback_key": key, "callback_as": called_as}
        self.world = World(("wechat",), options={"wechat": stub})
        token = secret(self.world.folder, "callback.token", TOKEN)
        own = f'callback_path = "{PATH}"\ncallback_token_file = "{token}"\n'
        if key:
            own += f'callback_aes_key_file = "{secret(self.world.folder, "callback.key", key)}"\n'
        text = self.world.config.read_text()
        text = text.replace("[calendar]", f'callbacks_listen = "127.0.0.1:{self.port}"\n[calendar]')
        text = text.replace('app_id = "wx0123456789abcdef"', f'app_id = "wx0123456789abcdef"\n{own}')
        self.world.config.write_text(text)

    def __enter__(self):
        return self.world

    def __exit__(self, *why):
        return self.world.__exit__(*why)


def delivered(world, expected):
    world.start(init=True)
    wait_until("every delivery is final", lambda: world.all_final(expected), 90)
    lost, duplicated = world.judge()
    assert not lost and not duplicated, (lost, duplicated)


def calls(world, event):
    return [line for line in world.last_log().splitlines() if f" {event} " in line]


def an_event_ends_the_wait_for_its_job(key):
    with CalledWorld(key=key) as world:
        delivered(world, ITEMS * 2)
        wait_until("every event came", lambda: len(calls(world, "callback.received")) >= ITEMS)
        ended = [line for line in calls(world, "callback.received") if "waits_ended=1" in line]
        assert ended, world.last_log()
        assert not calls(world, "callback.refused"), world.last_log()
        assert world.stop() == 0


def encrypted_events_end_waits():
    an_event_ends_the_wait_for_its_job(KEY)


def plain_events_end_waits():
    an_event_ends_the_wait_for_its_job("")


def forged_events_change_nothing():
    for called_as in ("forged", "other"):
        with CalledWorld(called_as) as world:
            delivered(world, ITEMS * 2)
            wait_until("every call came", lambda: len(calls(world, "callback.refused")) >= ITEMS)
            assert not calls(world, "callback.received"), world.last_log()
            assert world.stop() == 0


def asked(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return reply.status
    except urllib.error.HTTPError as refused:
        return refused.code


def the_listener_serves_nothing_else():
    called = CalledWorld()
    with called as world:
        world.start(init=True)
        wait_until("the console answers", lambda: world.is_healthy())
        assert asked(called.port, PATH) == 403, "an unsigned check"
        for path in ("/", "/healthz", "/api/v1/status", "/callback/other", "/callback/"):
            assert asked(called.port, path) == 404, path
        assert world.stop() == 0


def mass_sends_one_a_day():
    with World(("wechat",), options={"wechat": {"sends_per_day": 1}}) as world:
        text = world.config.read_text()
        world.config.write_text(text.replace('app_id = "wx0123456789abcdef"',
                                             'app_id = "wx0123456789abcdef"\nmode = "mass_send"'))
        world.start(init=True)
        sent = lambda: [entry for entry in world.stubs["wechat"].journal() if entry["op"] == "mass"]
        wait_until("the first is sent", lambda: len(sent()) == 1, 60)
        wait_until("the screens have all",
                   lambda: len(world.query("SELECT 1 FROM delivery WHERE channel = 'hall' AND "
                                           "state = 'delivered'")) == ITEMS)
        assert world.stop() == 0
        begun = world.query("SELECT id FROM delivery WHERE channel = 'wechat' AND epoch > 0")
        assert len(begun) == 1, "more than the day's quota was begun"
        assert len(sent()) == 1, sent()
        verified = world.command("ledger", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


if __name__ == "__main__":
    sys.exit(run_tests(encrypted_events_end_waits, plain_events_end_waits, forged_events_change_nothing,
                       the_listener_serves_nothing_else, mass_sends_one_a_day))
