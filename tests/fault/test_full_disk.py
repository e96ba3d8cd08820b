#!/usr/bin/env python3
"""A disk that is full: no send without a stored intent, a clear word about it, and everything goes on when
there is room again. The disk is a small tmpfs, which takes root to mount; without root the test says
so and ends well, with root a failed mount fails it.
"""

import os
import subprocess
import sys
import tempfile
import time

from harness import (ITEMS, NOT_RESTARTED, Verdict, World, complain, report, title_of, wait_until)

CHANNELS = 3
SIZE = 6 << 20


class SmallDisk:
    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="liandong-disk-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", self.folder], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)
        os.rmdir(self.folder)

    def fill(self, leave=0):
        """All but `leave` bytes."""
        with open(os.path.join(self.folder, "ballast"), "ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                pass
            ballast.truncate(max(0, ballast.tell() - leave))

    def empty(self):
        os.unlink(os.path.join(self.folder, "ballast"))


def run_full(leave):
    """Delivers, fills the disk, publishes more on the website, and makes room again."""
    with SmallDisk() as disk, World(data=disk.folder) as world:
        failures, exits = [], []
        world.start()
        try:
            wait_until("everything delivered", lambda: world.all_final(ITEMS * CHANNELS), 60)
            disk.fill(leave)
            world.site.titles += [title_of(ITEMS + 1), title_of(ITEMS + 2)]
            until = time.monotonic() + 8
            while time.monotonic() < until:
                if world.daemon.poll() is not None:  # the service manager starts it again
                    exits.append(world.daemon.returncode)
                    time.sleep(0.5)
                    world.start()
                time.sleep(0.05)
        except AssertionError as error:
            failures.append(str(error))
        failures += [f"ended for good with {code}" for code in exits if code in NOT_RESTARTED]
        if exits and "full" not in world.log.read_text(errors="replace"):
            failures.append("it does not say that the disk is full")
        failures += world.sent_without_intent()
        world.kill()
        disk.empty()
        failures += world.run_to_end((ITEMS + 2) * CHANNELS, 90)
        print(f"{leave} bytes left: ended {len(exits)} times, {sorted(set(exits))}")
        return world.verdict(failures, 1)


def main():
    if os.geteuid() != 0:
        print("not root: no small disk can be mounted, nothing was tested")
        return 0
    whole, broken = Verdict(), 0
    rooms = (0, 40960, 262144)
    for leave in rooms:
        verdict = run_full(leave)
        whole.add(verdict)
        if verdict.is_bad():
            broken += 1
            complain(f"{leave} bytes left", verdict)
    report("full disk", len(rooms), whole)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
