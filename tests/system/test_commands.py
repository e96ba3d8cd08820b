#!/usr/bin/env python3
"""The commands beside a running service: what they show, closed pipes, full disks, a log that is followed."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, binary, wait_until


def lines_of(answer):
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def object_of(answer, code=0):
    assert answer.returncode == code, (answer.returncode, answer.stdout + answer.stderr)
    return json.loads(answer.stdout)


def shows_what_the_service_did(world):
    entries = lines_of(world.command("log", "--channel", "weibo", "--event", "delivery.settled", "--json"))
    assert len(entries) == ITEMS, entries
    assert all(entry["channel"] == "weibo" and entry["kind"] == "notice" for entry in entries)
    one = object_of(world.command("explain", world.site.titles[0], "--json"))
    assert one["channels"]["weibo"]["state"] == "delivered", one
    again = object_of(world.command("explain", one["channels"]["weibo"]["permalink"], "--json"))
    assert again["id"] == one["id"]
    status = world.command("status").stdout
    assert "已送达" in status and "notices" in status, status


def previews_what_was_sent(world):
    shown = object_of(world.command("preview", world.site.titles[0], "--channel", "weibo", "--json"))
    text = shown["channels"][0]["rendition"]["text"]
    assert text in [entry["text"] for entry in world.stubs["weibo"].published()], text
    assert shown["channels"][0]["problems"] == [], shown


def screens_by_the_dictionary(world):
    title = world.site.titles[0]
    words = world.config.with_name("wording.toml")
    words.write_text(f'[[wording]]\nwrong = "{title[:4]}"\nright = "正确的词"\n')
    shown = world.command("preview", title).stdout
    assert f"将暂扣：用语错误（标题）：“{title[:4]}”应为“正确的词”" in shown, shown
    words.write_text('[[wording]]\nwrong = "攻府"\nlevel = "hard"\n')
    refused = world.command("check")
    told = refused.stdout + refused.stderr
    assert refused.returncode != 0 and "wording.toml:3:" in told and "level" in told, told
    words.unlink()
    assert "用语错误" not in world.command("preview", title).stdout


def this_year():
    return subprocess.run(["date", "+%Y"], env={**os.environ, "TZ": "Asia/Shanghai"}, capture_output=True,
                          text=True).stdout.strip()


def asked_of_the_hall(world, path, content=None, token=""):
    address = world.config.read_text().split('screens_listen = "')[1].split('"')[0]
    headers = {"Content-Type": "application/json"} | ({"Authorization": "Bearer " + token} if token else {})
    request = urllib.request.Request(f"http://{address}/display/v1/{path}",
                                     None if content is None else json.dumps(content).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.loads(reply.read())


def counts_on_the_hall_what_a_screen_fetched_and_showed(world):
    year = this_year()
    before = object_of(world.command("report", "--year", year, "--json"))
    assert before["completeness"]["items_complete"] == 0, before["completeness"]
    unshown = [cell for cell in before["completeness"]["open_cells"] if cell["channel"] == "hall"]
    assert len(unshown) == ITEMS and all(cell["obstacle"] == "unshown" for cell in unshown), unshown
    assert "未上屏" in world.command("report", "--year", year).stdout

    screen = {"screen_key": "k" * 64, "name": "一楼大厅", "model": "test", "resolution": "1920x1080"}
    assert asked_of_the_hall(world, "register", screen)["state"] == "waiting"
    approved = world.command("release", "--screen", "一楼大厅")
    assert approved.returncode == 0, approved.stdout + approved.stderr
    token = asked_of_the_hall(world, "register", screen)["token"]
    slides = asked_of_the_hall(world, "list", token=token)["slides"]
    assert len(slides) == ITEMS, slides
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    plays = [{"play_id": str(uuid.uuid4()), "id": slide["id"], "title": slide["title"], "clock": "server",
              "start": (now - datetime.timedelta(seconds=20)).isoformat(), "end": now.isoformat()}
             for slide in slides]
    for duplicates in (0, ITEMS):  # the screen had no answer and sends them again
        answer = asked_of_the_hall(world, "plays", plays, token)
        assert answer["duplicates"] == duplicates and not answer["rejected"], answer

    after = object_of(world.command("report", "--year", year, "--json"))
    assert after["completeness"]["items_complete"] == ITEMS, after["completeness"]
    shown = after["screens"][0]
    assert shown["shows"]["total"] == ITEMS and shown["shown_seconds"]["total"] == ITEMS * 20, shown
    why = object_of(world.command("report", "--why", shown["shows"]["why"]["total"], "--json"))
    assert why["value"] == ITEMS, why
    recounted = object_of(world.command("report", "--recount", "--json"))
    assert recounted["agrees"], recounted
    told = world.command("explain", world.site.titles[0]).stdout
    assert "展示 1 次" in told and "取走了含它的清单" in told, told


def reports_the_year(world):
    report = object_of(world.command("report", "--year", this_year(), "--json"))
    weibo = next(channel for channel in report["channels"] if channel["channel"] == "weibo")
    assert weibo["deliveries"] == ITEMS and weibo["articles"] == ITEMS, weibo
    assert report["completeness"]["items_complete"] == ITEMS
    assert [line["published"] for line in report["new_media"]] == [ITEMS]


def traces_a_figure_to_the_ledger(world):
    report = object_of(world.command("report", "--year", this_year(), "--json"))
    weibo = next(channel for channel in report["channels"] if channel["channel"] == "weibo")
    why = object_of(world.command("report", "--why", weibo["why"]["deliveries"], "--json"))
    assert why["value"] == sum(part["adds"] for part in why["parts"]) == ITEMS, why
    assert all(part["entries"][0]["event"] == "delivery.settled" for part in why["parts"]), why


def agrees_with_what_the_platform_lists(world):
    found = object_of(world.command("reconcile", "weibo", "--json"))
    assert found["listed"] > 0 and found["known"] == found["listed"], found
    assert not found["unrecorded"] and not found["missing"], found
    refused = world.command("reconcile", "weibbo")
    assert refused.returncode == 1 and 'did you mean "weibo"' in refused.stderr, refused.stderr


def checks_the_outside(world):
    good = object_of(world.command("check", "--online", "--json"))
    assert [answer["ok"] for answer in good["online"]] == [True, True, True], good
    published = len(world.stubs["weibo"].published())
    assert published == ITEMS, "the check published something"


def probes_the_site(world):
    feed = world.site.url + "/rss.xml"
    denied = object_of(world.command("probe", "http://10.0.0.1/rss.xml", "--json"), 1)
    assert denied["fault"]["kind"] == "denied", denied
    seen = object_of(world.command("probe", feed, "--json"))
    assert "internal = true" in seen["config"], seen["config"]
    assert seen["kind"] == "feed" and len(seen["items"]) == ITEMS, seen
    config = world.folder / "probed.toml"
    text = world.config.read_text()
    start, end = text.index("[[source]]"), text.index("[[channel]]")
    config.write_text(text[:start] + seen["config"] + text[end:])
    checked = subprocess.run([binary(), "--config", str(config), "check", "--online", "--json"],
                             capture_output=True, text=True, timeout=60)
    answer = object_of(checked)
    assert answer["online"][-1]["ok"], answer


def survives_a_closed_pipe(world):
    for words in ("log --json", "status", "report --year 2026", "--help", f"explain {world.site.titles[0]}"):
        command = f'"{binary()}" --config "{world.config}" {words} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}'
        ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
        assert ended.stdout.strip() == "0", (words, ended.stdout, ended.stderr)
        assert ended.stderr == "", (words, ended.stderr)
    full = subprocess.run(["bash", "-c", f'"{binary()}" --config "{world.config}" log >/dev/full'],
                          capture_output=True, text=True, timeout=60)
    assert full.returncode == 1 and "No space" in full.stderr, (full.returncode, full.stderr)
    closed = subprocess.run(["bash", "-c", f'"{binary()}" --config "{world.config}" hold 999 --reason x >&- 2>/dev/null'],
                            timeout=60)
    assert closed.returncode == 1
    verified = world.command("ledger", "verify")
    assert verified.returncode == 0, verified.stdout


def follows_the_log(world):
    follower = subprocess.Popen([binary(), "--config", str(world.config), "log", "--limit", "1", "-f", "--json",
                                 "--event", "item.found"], stdout=subprocess.PIPE, text=True)
    try:
        first = json.loads(follower.stdout.readline())
        assert first["title"] in world.site.titles
        world.site.titles.append("关于新增事项的通知")
        following = json.loads(follower.stdout.readline())
        assert following["title"] == "关于新增事项的通知", following
        follower.stdout.close()
        assert follower.wait(timeout=20) == 0, "the follower outlived its reader"
    finally:
        if follower.poll() is None:
            follower.kill()
            follower.wait()


def main():
    failed = 0
    with World(("weibo",)) as world:
        world.start(init=True)
        wait_until("every delivery is final", lambda: world.all_final(ITEMS * 2), 60)
        for test in (shows_what_the_service_did, previews_what_was_sent, screens_by_the_dictionary,
                     counts_on_the_hall_what_a_screen_fetched_and_showed, reports_the_year,
                     traces_a_figure_to_the_ledger,
                     agrees_with_what_the_platform_lists, checks_the_outside,
                     probes_the_site, survives_a_closed_pipe, follows_the_log):
            try:
                test(world)
                print(f"ok {test.__name__}", flush=True)
            except (AssertionError, OSError, KeyError, subprocess.TimeoutExpired, ValueError) as error:
                failed += 1
                print(f"FAILED {test.__name__}: {error!r}", flush=True)
        if world.stop() != 0:
            failed += 1
            print("FAILED the service did not end with 0", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
