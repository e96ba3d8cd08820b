#!/usr/bin/env python3
"""The table of what the fault suites did, from the lines they left: print_figures.py FILE"""

import json
import sys

COLUMNS = ("suite", "cases", "kills", "lost", "duplicated", "unexpected", "held")


def main():
    with open(sys.argv[1]) as file:
        rows = [json.loads(line) for line in file]
    total = {name: sum(row[name] for row in rows) for name in COLUMNS[1:]}
    table = [COLUMNS] + [[str(row[name]) for name in COLUMNS] for row in rows]
    table.append(["total", *(str(total[name]) for name in COLUMNS[1:])])
    widths = [max(len(line[at]) for line in table) for at in range(len(COLUMNS))]
    for line in table:
        print("  ".join(cell.ljust(width) if at == 0 else cell.rjust(width)
                        for at, (cell, width) in enumerate(zip(line, widths))))


if __name__ == "__main__":
    main()
