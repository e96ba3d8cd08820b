#!/usr/bin/env python3
"""Reads every page of tests/corpus/pages with `liandong probe --json` and reports accuracy per field.

Beside each page stands what a reader of it would say (NAME.expect.json). A field counts where the
expectation names it: 1 for right, 0 for wrong, a share for rows and body. Fails below THRESHOLDS and
shows every miss. `test_corpus.py BINARY [NAME…]` reads only these pages.
"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import time

PAGES = pathlib.Path(__file__).resolve().parent / "pages"
WITHIN = 60  # seconds a page may take on a busy machine before the run is given up
THRESHOLDS = {"kind": 0.97, "title": 0.95, "published_at": 0.95, "precision": 0.95, "source": 0.95,
              "document": 0.95, "body": 0.95, "images": 0.95, "attachments": 0.95, "next": 0.95,
              "items": 0.95, "item_titles": 0.95, "item_dates": 0.95, "encoding": 0.97,
              "fault": 0.95, "evidence": 1.0}


def moment(text):
    """A time to the second, or the text itself when it is a date alone."""
    if text is None or "T" not in text:
        return text
    parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed.replace(microsecond=0).timestamp()


def plain(text):
    return re.sub(r"\s+", "", text or "")


def likeness(got, wanted):
    """F1 over pairs of neighbouring characters, blanks not counted."""
    def pairs(text):
        counted = {}
        text = plain(text)
        for pair in zip(text, text[1:]):
            counted[pair] = counted.get(pair, 0) + 1
        return counted
    a, b = pairs(got), pairs(wanted)
    common = sum(min(count, b.get(pair, 0)) for pair, count in a.items())
    total = sum(a.values()) + sum(b.values())
    return 1.0 if total == 0 else 2 * common / total


def address(url):
    """`./a.html` and `a.html` are one address."""
    return url[2:] if url and url.startswith("./") else url


class Score:
    def __init__(self):
        self.fields = {}
        self.misses = []

    def add(self, page, field, share, wanted, got):
        self.fields.setdefault(field, []).append(share)
        if share < 0.995:
            self.misses.append(f"  {page} {field}: expected {str(wanted)[:160]!r}, got {str(got)[:160]!r}")


def score_items(score, page, wanted, got):
    by_url = {address(row["url"]): row for row in got}
    found = [row for row in wanted if address(row["url"]) in by_url]
    everything = len(wanted) + len(got)
    share = 1.0 if everything == 0 else 2 * len(found) / everything
    urls = [row["url"] for row in got]
    score.add(page, "items", share, f"{len(wanted)} rows {[row['url'] for row in wanted][:2]}",
              f"{len(got)} rows {urls[:2]}")
    for row in found:
        mine = by_url[address(row["url"])]
        score.add(page, "item_titles", float(plain(mine["title"]) == plain(row["title"])),
                  row["title"], mine["title"])
        stated = (moment(row["date"]), row["date_precision"])
        read = (moment(mine["date"]), mine["date_precision"])
        score.add(page, "item_dates", float(stated == read), stated, read)


def score_files(score, page, field, wanted, got):
    """By address; of an attachment its name and, where the page says it, its size too."""
    right = 0
    got = [{"url": one} if isinstance(one, str) else one for one in got]
    by_url = {address(one["url"]): one for one in got}
    for one in wanted:
        one = {"url": one} if isinstance(one, str) else one
        mine = by_url.get(address(one["url"]))
        right += mine is not None and all(mine.get(name) == one[name] for name in ("name", "size")
                                          if name in one)
    everything = len(wanted) + len(got)
    score.add(page, field, 1.0 if everything == 0 else 2 * right / everything, wanted, got)


def score_document(score, page, wanted, got):
    for name, value in wanted.items():
        mine = got.get(name) or ""
        score.add(page, "document", float(plain(mine) == plain(value)), f"{name}={value}", mine)


def score_page(score, page, wanted, got):
    score.add(page, "kind", float(got["kind"] == wanted["kind"]), wanted["kind"], got["kind"])
    if "title" in wanted:
        score.add(page, "title", float(plain(got["title"]) == plain(wanted["title"])), wanted["title"],
                  got["title"])
    if wanted["kind"] == "article":
        score.add(page, "published_at", float(moment(got["published_at"]) == moment(wanted["published_at"])),
                  wanted["published_at"], got["published_at"])
        allowed = wanted["precision"]
        allowed = allowed if isinstance(allowed, list) else [allowed]
        score.add(page, "precision", float(got["precision"] in allowed), allowed, got["precision"])
        score.add(page, "source", float((got["source"] or "") == (wanted["source"] or "")), wanted["source"],
                  got["source"])
        score_document(score, page, wanted.get("document", {}), got["document"] or {})
        share = likeness(got["body"], wanted["body"])
        score.add(page, "body", 1.0 if share >= 0.97 else share, wanted["body"], got["body"])
        score_files(score, page, "images", wanted.get("images", []), got["images"])
        score_files(score, page, "attachments", wanted.get("attachments", []), got["attachments"])
    if "next" in wanted:
        score.add(page, "next", float(address(got["next"]) == address(wanted["next"])), wanted["next"],
                  got["next"])
    if "items" in wanted:
        score_items(score, page, wanted["items"], got["items"])
    if "encoding" in wanted:
        score.add(page, "encoding", float(got["encoding"] == wanted["encoding"]), wanted["encoding"],
                  got["encoding"])
    if "fault" in wanted:
        fault = (got["fault"] or {}).get("kind")
        score.add(page, "fault", float(fault == wanted["fault"]), wanted["fault"], fault)
    filled = [name for name in ("title", "published_at", "source", "body", "next") if got[name]]
    filled += [name for name in ("images", "attachments", "items") if got[name]]
    unproved = [name for name in filled if not got.get("evidence", {}).get(name)]
    score.add(page, "evidence", float(not unproved), "evidence", unproved)


def probe(binary, expectation, wanted):
    name = expectation.name[:-len(".expect.json")]
    page = next(one for one in PAGES.glob(name + ".*") if not one.name.endswith(".expect.json"))
    command = [binary, "probe", "--json", str(page)]
    if "base" in wanted:
        command += ["--base", wanted["base"]]
    began = time.monotonic()
    ended = subprocess.run(command, capture_output=True, timeout=WITHIN, check=False)
    took = time.monotonic() - began
    if ended.returncode not in (0, 1):
        raise SystemExit(f"{name}: exit {ended.returncode}: {ended.stderr.decode(errors='replace')[:500]}")
    return json.loads(ended.stdout), took


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else os.environ["LIANDONG_BINARY"]
    names = sys.argv[2:]
    score, slowest = Score(), (0.0, "")
    for expectation in sorted(PAGES.glob("*.expect.json")):
        page = expectation.name.split(".")[0]
        if names and not any(page.startswith(name) for name in names):
            continue
        wanted = json.loads(expectation.read_text(encoding="utf-8"))
        got, took = probe(binary, expectation, wanted)
        slowest = max(slowest, (took, page))
        score_page(score, page, wanted, got)
    print("\n".join(score.misses))
    low = []
    for field, shares in score.fields.items():
        accuracy = sum(shares) / len(shares)
        print(f"{field:14} {accuracy:7.1%} of {len(shares)}")
        if accuracy < THRESHOLDS[field]:
            low.append(f"{field} {accuracy:.1%} < {THRESHOLDS[field]:.0%}")
    print(f"slowest: {slowest[1]} {slowest[0]:.2f} s; {len(score.fields.get('kind', []))} pages")
    if low and not names:
        raise SystemExit("below the threshold: " + ", ".join(low))


if __name__ == "__main__":
    main()
