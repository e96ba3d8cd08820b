#!/usr/bin/env python3
"""A website that calls when it has published: signed calls make the program look, others do nothing."""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import World, free_port, secret, wait_until

KEY = b"a key both sides know, 32 bytes."
PATH = "/callback/site-1"
INTAKE = "/callback/push-1"


def standard(body, key=KEY, age=0):
    moment = str(int(time.time()) - age)
    mac = hmac.new(key, b"msg_1." + moment.encode() + b"." + body, hashlib.sha256).digest()
    return {"webhook-id": "msg_1", "webhook-timestamp": moment,
            "webhook-signature": "v1," + base64.b64encode(mac).decode()}


def call(port, headers, body=b"{}", method="POST", path=PATH):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def configure(world, port):
    key = "whsec_" + base64.b64encode(KEY).decode()
    own = f'callback_path = "{PATH}"\ncallback_secret_file = "{secret(world.folder, "site.key", key)}"\n'
    lines = []
    for line in world.config.read_text().splitlines():
        if line.startswith("every = "):
            line = 'every = "1h"\n' + own  # without a call nothing would be seen in this test
        if line == "[calendar]":
            line = f'callbacks_listen = "127.0.0.1:{port}"\n[calendar]'
        lines.append(line)
    pushed = (f'[[source]]\nname = "push"\ntype = "intake"\nurl = "{world.site.url}/"\nkind = "notice"\ninternal = true\n'
              f'callback_path = "{INTAKE}"\ncallback_secret_file = "site.key"\n')
    world.config.write_text("\n".join(lines) + "\n" + pushed)


def main():
    port = free_port()
    with World(("weibo",)) as world:
        configure(world, port)
        world.start(init=True)
        wait_until("the first look", lambda: world.all_final(len(world.site.titles) * 2), 60)
        time.sleep(6)  # a call within five seconds of a look waits for them; this one need not
        before = len(world.states())
        world.site.titles.append("关于网站主动通知的公告")

        body = b'{"type":"item.published"}'
        assert call(port, standard(body, key=b"another key of thirty-two bytes."), body) == 403
        assert call(port, standard(body, age=600), body) == 403
        assert call(port, standard(body), body + b" ") == 403
        assert call(port, {}, body) == 403
        assert call(port, standard(body), None, method="GET") == 403
        assert call(port, standard(body), body, path="/callback/nobody") == 404
        time.sleep(3)
        assert len(world.states()) == before, "a call that is not proven made it look"

        assert call(port, standard(body), body) == 202
        wait_until("the new item is out", lambda: world.all_final(before + 2), 30)
        before = len(world.states())
        item = json.dumps({"id": "pushed-1", "url": world.site.url + "/pushed/1.html", "title": "关于直接推送入库的通知",
                           "content_html": "<p>正文</p>"}).encode()
        assert call(port, standard(item, key=b"another key of thirty-two bytes."), item, path=INTAKE) == 403
        elsewhere = item.replace(world.site.url.encode(), b"https://elsewhere.example.com")
        assert call(port, standard(elsewhere), elsewhere, path=INTAKE) == 422
        assert call(port, standard(b"{}"), b"{}", path=INTAKE) == 422
        signed = standard(item)
        assert call(port, signed, item, path=INTAKE) == 202
        assert call(port, signed, item, path=INTAKE) == 200, "the same call again has no effect"
        wait_until("the pushed item is out", lambda: world.all_final(before + 2), 30)
        lost, duplicated = world.judge()
        assert not lost and not duplicated, (lost, duplicated)
        assert world.stop() == 0
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
