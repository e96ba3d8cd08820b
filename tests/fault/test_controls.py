#!/usr/bin/env python3
"""Six daemons that are wrong on purpose, each of which must turn its suite red; a suite that stays green
proves nothing.

    no-read-back  what is unknown counts as absent       kills and lost answers
    reuse         publishing calls reuse connections     kills and lost answers
    no-epoch      whoever comes writes the result        fencing
    no-fence      a node goes on after its lease         several nodes
    unsynced      no commit is synced, so no intent is   power cuts
    normal        synchronous=NORMAL                     power cuts
"""

import functools
import sys

import test_fencing
import test_kill
import test_nodes
import test_power_cut
from harness import in_parallel


def main():
    controls = {
        "no-read-back": functools.partial(test_kill.run_control, "no-read-back"),
        "reuse": functools.partial(test_kill.run_control, "reuse"),
        "no-epoch": functools.partial(test_fencing.run_control, "no-epoch"),
        "no-fence": functools.partial(test_nodes.run_control, "no-fence"),
        "unsynced": functools.partial(test_power_cut.run_control, "unsynced"),
        "normal": functools.partial(test_power_cut.run_control, "normal"),
    }
    bound = [(name, {"run": control}) for name, control in controls.items()]
    green = [name for name, red in in_parallel(lambda run: run(), bound) if not red]
    if green:
        print(f"the oracle saw nothing wrong with: {green}")
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main())
