#!/usr/bin/env python3
"""The oracle of test_kill.py must see a duplicate when the daemon is wrong on purpose."""

import sys

from test_kill import CONTROLS, run_control


def main():
    green = [control for control in CONTROLS if run_control(control) != 0]
    if green:
        print(f"the oracle saw nothing wrong with: {green}")
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main())
