#!/usr/bin/env python3
"""Prints the demonstration's item × channel table; exits 0 when every document has its receipt everywhere."""
import json
import sys
import tomllib
import unicodedata
import urllib.request
from pathlib import Path

CHANNELS = ["weibo", "wechat", "hall"]


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def main():
    with open(Path(__file__).with_name("documents.toml"), "rb") as file:
        titles = [d["title"] for d in tomllib.load(file)["document"]]
    with urllib.request.urlopen(sys.argv[1] + "api/v1/items?limit=200", timeout=5) as reply:
        items = json.load(reply)["items"]
    states = {i["title"]: {name: d["state"] for name, d in i["channels"].items()} for i in items}
    missing = [(t, c) for t in titles for c in CHANNELS if states.get(t, {}).get(c) != "delivered"]
    if "--quiet" not in sys.argv:
        for title in titles:
            cells = "  ".join(f'{c} {states.get(title, {}).get(c, "not seen"):<11}' for c in CHANNELS)
            print(title + " " * max(1, 64 - width(title)) + cells)
        for title, channel in missing:
            print(f"missing: {title} on {channel}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
