#!/usr/bin/env python3
"""Every way another publisher is known to have lost, repeated or jammed, as a test of this one. The names
in brackets are the peers' own reports.

    test_peers.py [--only PART-OF-NAME]
"""

import json
import signal
import sqlite3
import sys
import tempfile
import time

import test_power_cut
from harness import ITEMS, PACE, Verdict, World, run_suite, title_of, wait_until

SHARE = "/2/statuses/share.json"
SUBMIT = "/cgi-bin/freepublish/submit"
RSS = "application/rss+xml; charset=utf-8"
CASES = []


def case(function):
    CASES.append(function)
    return function


def expect(condition, words):
    if not condition:
        raise AssertionError(words)


def delivered(world, channel=None):
    only = f" AND channel = '{channel}'" if channel else ""
    return world.query("SELECT count(*) FROM delivery WHERE state = 'delivered' AND purpose = "
                       f"'publish'{only}")[0][0]


def looks(world):
    return world.query("SELECT max(looked_at) FROM source_state")[0][0]


def wait_for_looks(world, count=3):
    for _ in range(count):
        before = looks(world)
        wait_until("another look", lambda: looks(world) != before, 20)


def started(world, expected, channels=3):
    world.start()
    wait_until("everything is delivered", lambda: world.all_final(expected * channels) and
               delivered(world) == expected * channels, 60)


def finished(world, expected, channels=3, seconds=90):
    return world.verdict(world.run_to_end(expected * channels, seconds))


# --- the website ---

@case
def newest_date_is_not_the_first_row():
    """[n8n #8856] dates in any order, the same second, and none at all: each new item once."""
    with World(items=2) as world:
        started(world, 2)
        site = world.site
        site.titles += [title_of(3), title_of(4), title_of(5)]
        old, undated = "Mon, 01 Jun 2026 08:00:00 GMT", ""
        rows = [site.entry(number, title) for number, title in enumerate(site.titles, 1)]
        rows[2] = rows[2].replace(site.date, old)
        rows[3] = rows[3].replace(f"<pubDate>{site.date}</pubDate>", undated)
        site.pages["/rss.xml"] = (200, RSS, site.rss(rows[2] + rows[0] + rows[4] + rows[1] + rows[3])
                                  .encode())
        wait_until("each new item once", lambda: delivered(world) == 15, 60)
        world.kill()
        return world.verdict()


@case
def two_new_rows_then_the_newest_disappears():
    """[Postiz AutoPost] two items in one look; the newest is deleted: both pushed, none again."""
    with World(items=2) as world:
        started(world, 2)
        site = world.site
        kept = site.feed()
        site.titles += [title_of(3), title_of(4)]
        wait_until("both are pushed", lambda: delivered(world) == 12, 60)
        rows = "".join(site.entry(number, title_of(number)) for number in (1, 2, 3))
        site.pages["/rss.xml"] = (200, RSS, site.rss(rows).encode())
        wait_for_looks(world)
        site.pages["/rss.xml"] = (200, RSS, kept.encode())
        wait_for_looks(world)
        world.kill()
        return world.verdict()


@case
def row_leaves_the_list_and_comes_back():
    """[feed2toot #88] what left the list and is listed again is never pushed again."""
    with World(items=3) as world:
        started(world, 3)
        whole = world.site.feed()
        only_first = world.site.rss(world.site.entry(1, title_of(1)))
        for text in (only_first, whole) * 2:
            world.site.pages["/rss.xml"] = (200, RSS, text.encode())
            wait_for_looks(world, 2)
        world.kill()
        return world.verdict()


@case
def every_guid_and_host_changes():
    """[miniflux #458, newrelic #1271, fornever.me #3] the site's host and all its ids change at once: a
    text of some length is known again."""
    with World(items=4) as world:
        site = world.site
        plain = site.entry
        site.entry = lambda number, title: plain(number, title).replace(
            "请有关单位办理", "请有关单位按照要求认真办理" * 40)
        started(world, 4)
        moved = site.feed().replace("item-", "urn:new:item-").replace(
            site.url + "/", site.url.replace("127.0.0.1", "localhost") + "/")
        site.pages["/rss.xml"] = (200, RSS, moved.encode())
        wait_for_looks(world, 4)
        world.kill()
        return world.verdict()


@case
def error_page_in_place_of_the_feed():
    """[rss-bridge output=feed] an error page is a fault of the source, not news."""
    with World(items=2) as world:
        started(world, 2)
        world.site.pages["/rss.xml"] = (200, "text/html", "<html><h1>Bridge returned error 500!</h1>"
                                        "</html>".encode())
        wait_until("a fault is recorded", lambda: world.query(
            "SELECT fault FROM source_state")[0][0] != "", 20)
        del world.site.pages["/rss.xml"]
        wait_until("it recovers", lambda: world.query("SELECT fault FROM source_state")[0][0] == "", 30)
        world.kill()
        return world.verdict()


@case
def gateway_error_and_blank_page():
    """[changedetection #1179] 504 and an empty page are no change of anything."""
    with World(items=2) as world:
        started(world, 2)
        for answer in ((504, "text/html", b"<html>504</html>"), (200, RSS, b"")):
            world.site.pages["/rss.xml"] = answer
            wait_for_looks(world, 2)
        del world.site.pages["/rss.xml"]
        wait_until("it recovers", lambda: world.query("SELECT fault FROM source_state")[0][0] == "", 60)
        expect(world.query("SELECT count(*) FROM item WHERE withdrawn_at IS NOT NULL")[0][0] == 0,
               "an item was taken as withdrawn")
        expect(world.query("SELECT count(*) FROM item")[0][0] == 2, "an item was made of it")
        world.kill()
        return world.verdict()


def withdraw_last(world):
    """The last item leaves the list, and its page is gone."""
    world.site.pages["/rss.xml"] = (200, RSS, world.site.rss("".join(
        world.site.entry(number, title) for number, title in
        list(enumerate(world.site.titles, 1))[:-1])).encode())
    wait_until("it is withdrawn", lambda: world.query(
        "SELECT count(*) FROM item WHERE withdrawn_at IS NOT NULL")[0][0] == 1, 60)


@case
def deleted_and_undone_at_the_source():
    """[Jetpack #3511] deleted, then restored as it was: no second publication."""
    with World(items=3) as world:
        started(world, 3)
        withdraw_last(world)
        del world.site.pages["/rss.xml"]
        wait_until("it is back", lambda: world.query(
            "SELECT count(*) FROM item WHERE withdrawn_at IS NOT NULL")[0][0] == 0, 60)
        wait_for_looks(world)
        world.kill()
        return world.verdict()


@case
def withdrawn_and_issued_again():
    """[miniflux #3186] withdrawn, then issued again under its id with other words: a new revision."""
    with World(items=3) as world:
        started(world, 3)
        withdraw_last(world)
        del world.site.pages["/rss.xml"]
        plain = world.site.entry
        world.site.entry = lambda number, title: plain(number, title).replace(
            "请有关单位办理", "请有关单位于本月底前办理") if number == 3 else plain(number, title)
        wait_until("a new revision", lambda: world.query(
            "SELECT max(revision) FROM item")[0][0] == 2, 60)
        expect(world.query("SELECT count(*) FROM item")[0][0] == 3, "it became another item")
        wait_until("the screens show it again", lambda: world.query(
            "SELECT count(*) FROM delivery WHERE channel = 'hall' AND revision = 2 AND state = "
            "'delivered'")[0][0] == 1, 30)
        world.kill()
        return world.verdict()


@case
def cancelled_before_its_time():
    """[Postiz #1213] what is cancelled before it was due is not sent at the old time."""
    with World(("weibo",), items=2, pace=PACE.replace('first_wait = "0s"', 'first_wait = "6s"')) as world:
        world.start()
        wait_until("both wait", lambda: len(world.query(
            "SELECT id FROM delivery WHERE channel = 'weibo'")) == 2, 20)
        withdraw_last(world)
        wait_until("the other is sent", lambda: delivered(world, "weibo") == 1, 30)
        time.sleep(3)  # past the old time of the cancelled one
        world.kill()
        expect(len(world.stubs["weibo"].published()) == 1, "the cancelled one was sent")
        expect(("cancelled",) in world.query("SELECT state FROM delivery WHERE channel = 'weibo'"),
               "it is not shown as cancelled")
        return world.verdict()


# --- crashes ---

def killed_at(order, fault=None, expected=ITEMS):
    with World(items=expected) as world:
        if fault:
            name, what = fault
            world.stubs[name].fault(**what)
        daemon = world.start(LIANDONG_FP=order)
        wait_until("killed", lambda: daemon.poll() is not None, 60)
        return finished(world, expected)


@case
def power_cut_after_seven_of_ten():
    """[rss2email] the power fails after 7 of 10 sends: 3 remain, none twice."""
    with tempfile.TemporaryDirectory(prefix="liandong-shim-") as folder, World(
            ("weibo",), items=10, data="data") as world:
        # Weibo's short list would not reach back over ten posts of one minute.
        world.stubs["weibo"].post("/_stub/options", {"timeline_limit": 10})
        shim = test_power_cut.build_shim(folder)
        log = world.folder / "disk.log"
        log.touch()
        disk = test_power_cut.Disk(world.data)
        world.start(LD_PRELOAD=str(shim), LIANDONG_DISK_FOLDER=str(world.data),
                    LIANDONG_DISK_LOG=str(log))
        wait_until("seven are sent", lambda: len(world.stubs["weibo"].published()) >= 7, 60)
        world.kill()
        disk.replay(log)
        disk.cut(test_power_cut.random.Random(7))
        return finished(world, 10, channels=2)


@case
def death_between_claim_and_result():
    """[Bridgy] a claim without a result is resolved at the next start, not refused for ever."""
    return killed_at("14@2:kill")


@case
def death_while_processing():
    """[Mixpost, ArtiPub] the process dies while the platform works on it."""
    return killed_at("66:kill")


@case
def key_stored_and_message_never_sent():
    """[Camel, Benthos] the intent is stored, no byte left: not lost."""
    return killed_at("15:kill")


@case
def death_between_commit_and_push():
    """[miniflux] the item is stored, nothing was pushed yet."""
    return killed_at("4:kill")


@case
def reset_after_accept():
    """[Postiz PR #1813] the connection is reset after the platform accepted: one post."""
    with World(("weibo",), items=2) as world:
        world.stubs["weibo"].fault(path=SHARE, method="POST", when="after_commit", do="reset")
        return finished(world, 2, channels=2)


@case
def forbidden_but_there():
    """[feedDiasp #20] the server says 403, the post exists: unknown, then found."""
    with World(("weibo",), items=2) as world:
        world.stubs["weibo"].fault(path=SHARE, method="POST", when="after_commit", do="http",
                                   status=403, body="<html>403 Forbidden</html>")
        return finished(world, 2, channels=2)


@case
def batch_slower_than_the_look():
    """[Huginn] twenty slow sends while the column is looked at again and again: no batch twice."""
    with World(("wechat",), items=20) as world:
        world.stubs["wechat"].fault(path=SUBMIT, method="POST", when="after_commit", do="delay",
                                    seconds=2.5, count=-1)
        world.start()
        wait_until("some are under way", lambda: world.stubs["wechat"].published(), 60)
        world.daemon.send_signal(signal.SIGHUP)
        wait_until("everything is delivered", lambda: delivered(world) == 40, 120)
        world.kill()
        return world.verdict()


@case
def one_of_three_channels_fails():
    """[Vector] only the channel that failed is asked again."""
    with World(("weibo", "wechat"), items=2) as world:
        world.stubs["weibo"].fault(path=SHARE, method="POST", when="before", do="http", status=503,
                                   body="busy", count=3)
        verdict = finished(world, 2)
        submits = len(world.stubs["wechat"].requests(SUBMIT))
        if submits != 2:
            verdict.failures.append(f"WeChat was asked {submits} times to publish 2 items")
        return verdict


@case
def standby_and_primary():
    """[Alertmanager #4108] a second process on the same store does not start to send."""
    with World(("weibo",), items=3) as world:
        world.stubs["weibo"].fault(path=SHARE, method="POST", when="before", do="close", count=2)
        world.start()
        wait_until("the first works", world.is_healthy)
        second = world.command("run")
        expect(second.returncode != 0 and "another" in second.stderr, second.stderr)
        wait_until("everything is delivered", lambda: delivered(world) == 6, 90)
        world.kill()
        return world.verdict()


# --- credentials, pictures, evidence ---

@case
def empty_token():
    """[Postiz PR #1884] an empty token in place of a new one is not kept, and said aloud."""
    with World(("wechat",), items=1) as world:
        world.stubs["wechat"].fault(path="/cgi-bin/stable_token", method="POST", when="before", do="http",
                                    status=200, body=json.dumps({"access_token": "", "expires_in": 7200}),
                                    headers={"Content-Type": "application/json"}, count=2)
        verdict = finished(world, 1, channels=2)
        if "no usable token" not in world.log.read_text(errors="replace"):
            verdict.failures.append("the log does not speak of the token")
        return verdict


@case
def one_picture_fails():
    """[Wechatsync #67] a picture that is not there does not hold up the post, and is noted."""
    with World(("wechat",), items=1) as world:
        world.site.pages["/p.png"] = (404, "text/html", b"<html>404</html>")
        verdict = finished(world, 1, channels=2)
        noted = world.query("SELECT progress FROM delivery WHERE channel = 'wechat'")[0][0]
        if "pictures_dropped" not in noted:
            verdict.failures.append(f"nothing is noted of the picture: {noted}")
        return verdict


@case
def accepted_but_not_published():
    """[WeiXinMPSDK #430] the call went well, the console shows a failure."""
    with World(("wechat",), items=1, options={"wechat": {"publish_status": 2}}) as world:
        world.start()
        wait_until("it failed", lambda: ("failed",) in world.query("SELECT state FROM delivery"), 60)
        world.kill()
        return world.verdict()


@case
def retention_job():
    """[Xibo audit task] the ledger refuses to forget."""
    with World(("weibo",), items=1) as world:
        verdict = finished(world, 1, channels=2)
        connection = sqlite3.connect(world.database)
        for statement in ("DELETE FROM ledger WHERE seq < 3", "UPDATE ledger SET line = '{}'"):
            try:
                connection.execute(statement)
                verdict.failures.append(f"allowed: {statement}")
            except sqlite3.DatabaseError:
                pass
        connection.close()
        return verdict


def run(function):
    try:
        return function()
    except Exception as error:  # one broken case is a finding, not the end of the suite
        return Verdict(failures=[f"{type(error).__name__}: {error}"])


if __name__ == "__main__":
    sys.exit(run_suite("the peers' failures", run, [(function.__name__, {"function": function}) for function in CASES]))
