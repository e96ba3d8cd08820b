#!/usr/bin/env python3
"""The restore drill on PostgreSQL: an encrypted backup of a running service, two more items, the server's database
lost, restored, started. Nothing is sent before a person says so, the ledger is held against the last checkpoint outside
of the database, and what was posted since the backup is recognised."""

import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import binary, title_of, wait_until
from postgres_world import PostgresWorld

CHANNELS = ("weibo", "mastodon")
ITEMS = 3
LATER = 2


class Drill:
    def __init__(self, world):
        self.world = world
        self.node = None
        self.backup = world.folder / "drill.backup"

    def start(self):
        if self.node is None:
            self.node = self.world.add_node()
        else:
            self.node.start()
        wait_until("the console answers", lambda: self.mode() is not None)

    def stop(self):
        assert self.node.stop() == 0, self.world.last_log()

    def command(self, *arguments):
        """With the node's own configuration: it names the checkpoint's file."""
        return subprocess.run([binary(), "--config", str(self.node.config), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)

    def done(self, *arguments):
        answer = self.command(*arguments)
        assert answer.returncode == 0, (arguments, answer.stdout + answer.stderr)
        return answer.stdout

    def restore(self):
        return self.command("restore", "--key", f"{self.world.folder}/office.key", str(self.backup))

    def mode(self):
        address = self.node.config.read_text().split('listen = "')[1].split('"')[0]
        try:
            with urllib.request.urlopen(f"http://{address}/healthz", timeout=5) as reply:
                return json.load(reply)["mode"]
        except OSError:
            return None

    def published(self):
        return {name: len(stub.published()) for name, stub in self.world.stubs.items()}

    def entries(self):
        return self.world.query("SELECT count(*) AS entries FROM ledger")[0][0]

    def deliver_all(self, items):
        wait_until(f"{items} items are out", lambda: self.world.all_final(items * (len(CHANNELS) + 1)), 60)


def back_up_and_go_on(drill):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=office", "-keyout",
                    f"{drill.world.folder}/office.key", "-out", f"{drill.world.folder}/office.pem"], check=True,
                   capture_output=True)
    drill.start()
    drill.deliver_all(ITEMS)
    drill.done("backup", "--encrypt-to", f"{drill.world.folder}/office.pem", str(drill.backup))
    drill.world.site.titles += [title_of(ITEMS + number) for number in range(1, LATER + 1)]
    drill.deliver_all(ITEMS + LATER)
    assert drill.mode() == "normal"
    refused = drill.restore()
    assert refused.returncode == 1 and "works on the configured database" in refused.stderr, refused.stderr
    drill.stop()
    refused = drill.restore()
    assert refused.returncode == 1 and "whole record" in refused.stderr, refused.stderr


def lose_and_restore(drill):
    before = drill.entries()
    drill.world.server.lose_database()
    refused = drill.command("status")
    assert refused.returncode == 78 and "restore it from the backup" in refused.stderr, refused.stderr
    restored = drill.restore()
    assert restored.returncode == 0, restored.stdout + restored.stderr
    drill.done("ledger", "verify")
    assert drill.entries() < before
    return before


def send_nothing_until_told(drill, before, published):
    drill.start()
    assert drill.mode() == "reconcile-only"
    wait_until("the later items are planned again",
               lambda: len(drill.world.states()) == (ITEMS + LATER) * (len(CHANNELS) + 1))
    time.sleep(3)
    assert drill.published() == published, "sent from a restored backup"
    shown = re.search(r"台账 (\d+) 条，库外检查点至 (\d+)", drill.done("status"))
    assert shown, "status does not compare the ledger with its checkpoint"
    ledger, checkpoint = (int(number) for number in shown.groups())
    assert ledger < checkpoint <= before, (ledger, checkpoint, before)


def recognise_what_is_out(drill, published):
    drill.done("release", "--all")
    drill.deliver_all(ITEMS + LATER)
    assert drill.published() == published, "posted twice"
    adopted = drill.world.query("SELECT channel, count(*) AS posts FROM delivery WHERE evidence = 'adopted' GROUP BY channel")
    assert dict(adopted) == {name: LATER for name in CHANNELS}, adopted
    wait_until("the mode is normal again", lambda: drill.mode() == "normal")
    drill.world.site.titles.append(title_of(ITEMS + LATER + 1))
    drill.deliver_all(ITEMS + LATER + 1)
    drill.stop()
    drill.start()
    assert drill.mode() == "normal", "an accepted backup was found again"
    drill.stop()


def main():
    with PostgresWorld(CHANNELS, items=ITEMS, options={"mastodon": {"family": "gotosocial"}}) as world:
        world.config.write_text(world.config.read_text().replace("adopt = false", "adopt = true"))
        drill = Drill(world)
        back_up_and_go_on(drill)
        published = drill.published()
        before = lose_and_restore(drill)
        send_nothing_until_told(drill, before, published)
        recognise_what_is_out(drill, published)
        verdict = world.verdict()
        assert not verdict.is_bad(), verdict.failures
    print("ok the drill: nothing sent before the release, nothing lost, nothing twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
