#!/usr/bin/env python3
"""Xibo and Anthias around the whole program: rows and assets come, change, go, and never double."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, run_tests, wait_until

CHANNELS = ("xibo", "anthias")
EVERYTHING = ITEMS * (len(CHANNELS) + 1)  # and the hall


def shown(stub):
    """Titles that stand on the platform now, by the platform's own number."""
    titles = {}
    for entry in stub.journal():
        number = entry.get("row", entry.get("id"))
        if entry["op"] in ("publish", "edit"):
            titles[number] = entry["title"]
        elif entry["op"] == "delete":
            del titles[number]
    return titles


def judged(world):
    verdict = world.verdict()
    assert not verdict.is_bad(), (verdict.lost, verdict.duplicated, verdict.unexpected, verdict.failures)
    assert not verdict.held, verdict.held


def everything_arrives_changes_and_goes():
    with World(CHANNELS, options={"anthias": {"auth": "true"}}) as world:
        world.start(init=True)
        wait_until("every delivery is final", lambda: world.all_final(EVERYTHING), 90)
        judged(world)
        assert any(entry["op"] == "collect" for entry in world.stubs["xibo"].journal())
        before = {name: set(shown(world.stubs[name])) for name in CHANNELS}

        first = world.site.titles[0]
        world.site.titles[0] = first + "（修订）"
        for name in CHANNELS:
            wait_until(f"{name} shows the correction", lambda name=name: any(
                "（修订）" in title for title in shown(world.stubs[name]).values()), 60)
            assert set(shown(world.stubs[name])) == before[name], "a correction made another"

        item = world.query(f"SELECT id FROM item WHERE title LIKE '{first}%'")[0][0]
        taken = world.command("withdraw", str(item), "--reason", "测试")
        assert taken.returncode == 0, taken.stdout + taken.stderr
        for name in CHANNELS:
            wait_until(f"{name} took it off", lambda name=name:
                       len(shown(world.stubs[name])) == ITEMS - 1, 60)
        assert world.stop() == 0


def a_crash_between_the_request_and_its_record_makes_no_double():
    paths = {"xibo": "/api/dataset/importjson/7", "anthias": "/api/v2/assets"}
    for name, path in paths.items():
        with World((name,)) as world:
            stub = world.stubs[name]
            stub.fault(method="POST", path=path, when="after_commit", do="withhold")
            world.start(init=True)
            wait_until("the platform has one", lambda: len(stub.published()) == 1)
            world.kill()
            assert world.query(f"SELECT 1 FROM delivery WHERE channel = '{name}' AND state = 'delivered'") == []
            stub.end_faults()
            world.start()
            wait_until("every delivery is final", lambda: world.all_final(ITEMS * 2), 120)
            judged(world)
            looked = world.query(f"SELECT 1 FROM ledger WHERE line LIKE '%delivery.reconciled%'")
            assert looked, "nobody looked before it was sent again"
            assert world.stop() == 0


def a_token_that_is_refused_is_asked_for_again():
    with World(("xibo",)) as world:
        world.start(init=True)
        wait_until("every delivery is final", lambda: world.all_final(ITEMS * 2), 90)
        world.stubs["xibo"].post("/_stub/options", {"forgets_tokens": True})
        world.site.titles.append("关于又一件事项的通知")
        wait_until("the new one came", lambda: world.all_final(ITEMS * 2 + 2), 60)
        judged(world)
        assert len(world.stubs["xibo"].requests("/api/authorize/access_token")) == 2
        assert world.stop() == 0


def an_unknown_data_set_pauses_the_channel_and_says_why():
    with World(("xibo",)) as world:
        text = world.config.read_text()
        world.config.write_text(text.replace("data_set = 7", "data_set = 8"))
        world.start(init=True)
        paused = lambda: [line for line in world.last_log().splitlines()
                          if "DataSet not found" in line]
        wait_until("the channel says why", lambda: paused() != [], 60)
        assert world.stubs["xibo"].published() == []
        checked = world.command("check", "--online")
        assert checked.returncode != 0 and "DataSet not found" in checked.stdout + checked.stderr, (
            checked.stdout + checked.stderr)
        assert world.stop() == 0


if __name__ == "__main__":
    sys.exit(run_tests(everything_arrives_changes_and_goes,
                       a_crash_between_the_request_and_its_record_makes_no_double,
                       a_token_that_is_refused_is_asked_for_again,
                       an_unknown_data_set_pauses_the_channel_and_says_why))
