#!/usr/bin/env python3
"""Platforms that lie: refused but posted, failed but posted, accepted but dropped, posted twice by
themselves. For each what the daemon must end in; and never is one item asked for twice when the first
request may have acted.

    test_lies.py [--only NAME]
"""

import json
import sys

from harness import Verdict, World, run_suite, wait_until

SHARE = ("weibo", "/2/statuses/share.json")
SUBMIT = ("wechat", "/cgi-bin/freepublish/submit")
TOOT = ("mastodon", "/api/v1/statuses")
PAGE = "<html><body><h1>error</h1></body></html>"
JSON = {"Content-Type": "application/json"}


def answer(status, body, when="after_commit", count=1):
    """The platform's words in place of the true ones; a body that is no text is sent as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return {"when": when, "do": "http", "status": status, "body": text, "count": count,
            "headers": {} if isinstance(body, str) else JSON}


def row(world, channel):
    rows = world.query("SELECT state, evidence, step, code, message FROM delivery WHERE channel = "
                       f"'{channel}'")
    return rows[0] if rows else ("", "", "", "", "")


def tell(where, state, evidence=None, requests=1, posts=1, fault=None, options=None, seconds=60,
         code=None):
    """A world with one item: how its delivery ends, how often the platform was asked, what is there."""
    channel, path = where
    with World((channel,), items=1, options={channel: options or {}}) as world:
        stub = world.stubs[channel]
        if fault:
            stub.fault(path=path, method="POST", **fault)
        world.start()
        failures = []
        try:
            wait_until(f"{channel} is {state}", lambda: row(world, channel)[0] == state, seconds)
        except AssertionError as error:
            failures.append(f"{error}: it is {row(world, channel)}")
        asked = len([request for request in stub.requests(path) if request["method"] == "POST"])
        for what, found, wanted in (("requests", asked, requests),
                                    ("posts", len(stub.published()), posts),
                                    ("evidence", row(world, channel)[1], evidence),
                                    ("code", row(world, channel)[3], code)):
            if wanted is not None and found != wanted:
                failures.append(f"{what}: {found}, expected {wanted}")
        world.kill()
        if world.command("ledger", "verify").returncode != 0:
            failures.append("the ledger does not verify")
        return Verdict(failures=failures)


def forbidden_but_posted():
    """feedDiasp #20: unknown, looked for, found."""
    return tell(SHARE, "delivered", "read-back", fault=answer(403, PAGE))


def unknown_code_but_posted():
    return tell(SHARE, "delivered", "read-back", fault=answer(403, {"error_code": 10999, "error": "?"}))


def documented_refusal_but_posted():
    """The contract says nothing was done, so it is tried again once the channel answers; the platform's
    own check for repeats then leads to the post."""
    refusal = {"error_code": 10014, "error": "Insufficient app permissions"}
    return tell(SHARE, "delivered", "read-back", requests=2, fault=answer(403, refusal))


def server_error_but_posted():
    return tell(SHARE, "delivered", "read-back", fault=answer(500, PAGE))


def server_error_but_submitted():
    return tell(SUBMIT, "delivered", fault=answer(500, PAGE))


def busy_but_submitted():
    return tell(SUBMIT, "delivered", options={"busy": SUBMIT[1]})


def server_error_but_tooted():
    return tell(TOOT, "delivered", "read-back", fault=answer(503, PAGE),
                options={"family": "gotosocial"})


def html_with_status_200_but_posted():
    return tell(SHARE, "delivered", "read-back", fault=answer(200, PAGE))


def accepted_but_no_job():
    """The platform says a publication is under way and knows nothing of it: never submitted again,
    shown as unclear until a person looks."""
    words = {"errcode": 0, "errmsg": "ok", "publish_id": 2247489999, "msg_data_id": 2247489999}
    return tell(SUBMIT, "unconfirmed", posts=0, fault=answer(200, words, when="before"))


def accepted_but_failed():
    """WeiXinMPSDK #430: the call went well, the publication did not."""
    return tell(SUBMIT, "failed", posts=0, options={"publish_status": 3})


def accepted_but_dropped():
    """Mastodon says it stored the status; the look at it afterwards knows better, and says so until a
    person decides."""
    return tell(TOOT, "deferred", posts=0, options={"silent_drop": True}, code="dropped")


def posted_twice_by_the_platform():
    """Two posts of one request are the platform's doing; asking again would make it worse."""
    return tell(SHARE, "delivered", "reply", posts=2, options={"post_twice": True})


def posted_twice_without_an_answer():
    return tell(SHARE, "delivered", "read-back", posts=2, options={"post_twice": True},
                fault={"when": "after_commit", "do": "read_close"})


LIES = (forbidden_but_posted, unknown_code_but_posted, documented_refusal_but_posted,
        server_error_but_posted, server_error_but_submitted, busy_but_submitted,
        server_error_but_tooted, html_with_status_200_but_posted, accepted_but_no_job,
        accepted_but_failed, accepted_but_dropped, posted_twice_by_the_platform,
        posted_twice_without_an_answer)


if __name__ == "__main__":
    sys.exit(run_suite("platforms that lie", lambda run: run(), [(lie.__name__, {"run": lie}) for lie in LIES]))
