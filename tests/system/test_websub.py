#!/usr/bin/env python3
"""A feed that names a WebSub hub: subscription, proof, signed calls, refusal, renewal, with a hub of its own process."""

import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import StubProcess, World, free_port, secret, wait_until

PATH = "/callback/notices-5f1c"
LEASE = 40


def configure(world, port):
    own = (f'callback_path = "{PATH}"\n'
           f'callback_secret_file = "{secret(world.folder, "hub.key", "a secret of both, thirty-two bytes")}"\n')
    lines = []
    for line in world.config.read_text().splitlines():
        if line.startswith("every = "):
            line = 'every = "1h"\n' + own  # without the hub nothing new would be seen in this test
        if line == "[calendar]":
            line = (f'callbacks_listen = "127.0.0.1:{port}"\ncallbacks_url = "http://127.0.0.1:{port}"\n'
                    "[calendar]")
        lines.append(line)
    world.config.write_text("\n".join(lines) + "\n")


def name_hub(site, hub):
    plain = site.rss
    links = (f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{hub.url}/"/>'
             f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{site.url}/rss.xml"/>')
    site.rss = lambda items: plain(links + items)


def steps(hub, operation):
    return [entry for entry in hub.journal() if entry["op"] == operation]


def make_due(world):
    """The wait between two questions is told by unit tests; here nobody waits it out."""
    connection = sqlite3.connect(world.database, timeout=10)
    with connection:
        connection.execute("UPDATE subscription SET next_at = 0")
    connection.close()


def subscription(world):
    return world.query("SELECT lease_until, next_at FROM subscription")[0]


def publish(world, hub, title, expected_status):
    """Changes the feed and tells the hub; how the program answered the hub's call."""
    before = len(steps(hub, "distributed"))
    world.site.titles.append(title)
    hub.post("/publish", {"topic": f"{world.site.url}/rss.xml"})
    sent = wait_until("the hub has called", lambda: steps(hub, "distributed")[before:], 20)[0]
    assert sent["status"] == expected_status, sent


def refuses_and_is_refused(world, hub):
    asked = wait_until("the hub is asked", lambda: steps(hub, "asked"), 30)[0]
    assert asked["topic"] == f"{world.site.url}/rss.xml" and asked["callback"].endswith(PATH), asked
    proof = wait_until("the hub has asked back", lambda: steps(hub, "verified"), 20)[0]
    assert proof["status"] == 404 and not proof["confirmed"], f"about a topic nobody asked for: {proof}"
    assert subscription(world)[0] == 0, "a subscription that was never proven"

    hub.post("/_stub/options", {"proof_topic": "", "deny": "not of this hub"})
    make_due(world)
    told = wait_until("the hub has denied", lambda: steps(hub, "denied"), 30)[0]
    assert told["status"] == 200, told
    lease, due = subscription(world)
    assert lease == 0 and due > (time.time() + 20 * 3600) * 1000, "a hub that denied is left alone for a day"
    assert "hub.denied" in world.last_log() and "not of this hub" in world.last_log()


def hears_the_hub(world, hub):
    before = len(world.states())
    for method in ("sha256", "sha512", "sha1"):
        hub.post("/_stub/options", {"method": method, "key": ""})
        time.sleep(6)  # a call within five seconds of a look waits for them; this one need not
        publish(world, hub, f"关于以{method}签名的公告", 202)
        before += 2
        wait_until("the new item is out", lambda expected=before: world.all_final(expected), 30)
    hub.post("/_stub/options", {"method": "sha256", "key": "of another hub"})
    time.sleep(6)
    publish(world, hub, "关于签名不符的公告", 403)
    time.sleep(3)
    assert len(world.states()) == before, "a call that is not proven made it look"


def main():
    port = free_port()
    with World(("weibo",)) as world:
        hub = StubProcess("hub", world.folder, lease_seconds=LEASE, proof_topic="https://elsewhere.example.com/")
        try:
            configure(world, port)
            name_hub(world.site, hub)
            world.start(init=True)
            wait_until("the first look", lambda: world.all_final(len(world.site.titles) * 2), 60)
            refuses_and_is_refused(world, hub)

            hub.post("/_stub/options", {"deny": ""})
            make_due(world)
            first = wait_until("the hub is convinced",
                               lambda: [entry for entry in steps(hub, "verified") if entry["confirmed"]], 30)[0]
            hears_the_hub(world, hub)
            renewed = wait_until("the lease is renewed",
                                 lambda: [entry for entry in steps(hub, "verified") if entry["confirmed"]][1:], LEASE)[0]
            assert renewed["at"] < first["at"] + LEASE, f"after its end: {first}, {renewed}"
            assert world.stop() == 0
        finally:
            hub.stop()
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
