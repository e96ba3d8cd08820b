#!/usr/bin/env python3
"""The console's people over HTTP: the first administrator's token, log-in, roles, decisions that reach the platform."""

import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, World, wait_until

PASSWORD = "Winter-Heating-26"
HELD = "[review.approvers]\nnotice = 1\n"


def code_of(secret, step):
    """RFC 6238, written from its text."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    begin = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[begin:begin + 4])[0] & 0x7fffffff) % 1_000_000:06}"


class Person:
    """A browser with one cookie jar."""

    def __init__(self, world, name=""):
        self.address = world.config.read_text().split('listen = "')[1].split('"')[0]
        self.name = name
        self.cookie = self.csrf = ""

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        if method == "POST":
            sent |= {"Content-Type": "application/json", "Origin": f"http://{self.address}", "X-CSRF-Token": self.csrf}
        connection.request(method, path, json.dumps(body or {}) if method == "POST" else None, sent | headers)
        reply = connection.getresponse()
        text = reply.read().decode()
        if reply.getheader("Set-Cookie"):
            assert "HttpOnly" in reply.getheader("Set-Cookie") and "SameSite=Strict" in reply.getheader("Set-Cookie")
            self.cookie = reply.getheader("Set-Cookie").split(";")[0]
        connection.close()
        return reply.status, json.loads(text) if "json" in (reply.getheader("Content-Type") or "") else text

    def get(self, path, status=200):
        got, answer = self.ask("GET", path)
        assert got == status, (path, got, answer)
        return answer

    def post(self, path, body=None, status=200, **headers):
        got, answer = self.ask("POST", path, body, **headers)
        assert got == status, (path, got, answer)
        return answer

    def take_over(self, token):
        setup = self.post("/api/v1/setup", {"token": token})
        assert setup["name"] == self.name and setup["qr"]["size"] > 20, setup
        self.secret = setup["secret"]
        me = self.post("/api/v1/setup/finish", {"token": token, "password": PASSWORD,
                                                "code": code_of(self.secret, int(time.time() / 30))})
        self.csrf = me["csrf"]
        return me

    def log_in(self, code):
        status, answer = self.ask("POST", "/api/v1/session", {"name": self.name, "password": PASSWORD, "code": code})
        self.csrf = answer.get("csrf", "")
        return status


def invite(world, *words):
    answer = world.command("user", *words, "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return json.loads(answer.stdout)["token"]


def locks_when_there_is_a_user(world):
    anybody = Person(world)
    assert anybody.get("/api/v1/session") == {"users": False, "may": []}
    anybody.get("/api/v1/status")
    anybody.post("/api/v1/deliveries/1/release", status=403)
    token = invite(world, "first-token", "zhang")
    assert world.command("user", "first-token", "li").returncode == 1
    assert anybody.ask("GET", "/")[0] == 303
    for path in ("/api/v1/status", "/api/v1/items", "/metrics"):
        anybody.get(path, 401)
    assert world.is_healthy()
    assert "login.mjs" in anybody.get("/login")
    zhang = Person(world, "zhang")
    assert zhang.take_over(token)["role"] == "admin"
    anybody.post("/api/v1/setup", {"token": token}, 403)
    return zhang, token


def wants_password_and_code(zhang):
    again = Person.__new__(Person)
    again.__dict__ = {**zhang.__dict__, "cookie": "", "csrf": ""}
    assert again.log_in("000000") == 401
    # The setup used the code of now or of before; the next one is taken a little early.
    assert again.log_in(code_of(zhang.secret, int(time.time() / 30) + 1)) == 200
    again.post("/api/v1/session/end", {}, 403, **{"X-CSRF-Token": zhang.csrf})
    again.post("/api/v1/session/end")
    again.get("/api/v1/status", 401)
    zhang.get("/api/v1/status")


def decides_by_role(world, zhang):
    people = {}
    tokens = []
    for name, role in (("li", "operator"), ("wang", "approver"), ("sun", "viewer")):
        tokens.append(invite(world, "add", name, "--role", role))
        people[name] = Person(world, name)
        people[name].take_over(tokens[-1])
    held = [row[0] for row in world.query("SELECT id FROM delivery WHERE state = 'held' AND channel = 'weibo' ORDER BY id")]
    assert len(held) == ITEMS, held
    first, second = held[:2]
    for name in ("li", "sun"):
        people[name].post(f"/api/v1/deliveries/{first}/approve", {"text": "00000000"}, 403)
    text = people["wang"].get(f"/api/v1/deliveries/{first}")["text"]
    zhang.post(f"/api/v1/deliveries/{first}/approve", {"text": text}, 403)
    people["wang"].post(f"/api/v1/deliveries/{first}/release", {}, 409)
    people["wang"].post(f"/api/v1/deliveries/{first}/approve", {}, 422)
    people["wang"].post(f"/api/v1/deliveries/{first}/approve", {"text": "0" * 64}, 409)
    assert len(people["sun"].get("/api/v1/review")["waiting"]) == 2 * ITEMS
    assert world.stubs["weibo"].published() == []
    people["wang"].post(f"/api/v1/deliveries/{first}/approve", {"text": text})
    wait_until("it is on Weibo", lambda: len(world.stubs["weibo"].published()) == 1, 30)
    answer = people["li"].post(f"/api/v1/deliveries/{second}/cancel", {"reason": " "}, 422)
    assert [fault["pointer"] for fault in answer["errors"]] == ["#/reason"], answer
    people["li"].post(f"/api/v1/deliveries/{second}/cancel", {"reason": "重复"})
    people["li"].post(f"/api/v1/deliveries/{second}/cancel", {"reason": "重复"}, 409)
    hall = world.query("SELECT id, item FROM delivery WHERE channel = 'hall' ORDER BY id")[0]
    people["wang"].post(f"/api/v1/deliveries/{hall[0]}/approve",
                        {"text": people["wang"].get(f"/api/v1/deliveries/{hall[0]}")["text"]})
    wait_until("it is in the hall", lambda: world.query(
        f"SELECT 1 FROM delivery WHERE id = {hall[0]} AND state = 'delivered'"), 30)
    people["wang"].post(f"/api/v1/items/{hall[1]}/withdraw", {"channel": "hall", "reason": "有误"})
    wait_until("it is taken down", lambda: world.query(
        f"SELECT 1 FROM delivery WHERE item = {hall[1]} AND purpose = 'withdraw' AND state = 'delivered'"), 30)
    zhang.post("/api/v1/channels/weibo/pause", {"reason": "换账号"})
    people["li"].post("/api/v1/channels/weibo/resume", {}, 422)
    people["li"].post("/api/v1/channels/weibo/resume", {"reason": "已换好"})
    return people, tokens


def ends_with_the_user(world, people):
    people["sun"].get("/api/v1/status")
    assert world.command("user", "disable", "sun").returncode == 0
    people["sun"].get("/api/v1/status", 401)
    listed = json.loads(world.command("user", "list", "--json").stdout)
    assert [(user["name"], user["role"], user["state"]) for user in listed] == [
        ("zhang", "admin", "active"), ("li", "operator", "active"), ("wang", "approver", "active"),
        ("sun", "viewer", "disabled")], listed


def answers_programs_that_show_a_token(world, zhang):
    """What Prometheus sends, and a program that holds: no cookie, no page."""
    def ask(secret, method, path, body=None):
        program = Person(world)
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return program.ask(method, path, body, **headers)

    def make(*words):
        answer = world.command("user", "token", *words, "--json")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return json.loads(answer.stdout)["secret"]

    assert world.command("user", "token", "robot", "--role", "approver").returncode == 2
    viewer, robot = make("prometheus", "--role", "viewer", "--days", "30"), make("robot", "--role", "operator")
    assert ask("", "GET", "/metrics")[0] == 401
    status, text = ask(viewer, "GET", "/metrics")
    assert status == 200 and "liandong_items" in text, (status, text)
    assert ask(viewer, "POST", "/api/v1/channels/weibo/pause", {"reason": "试"})[0] == 403
    assert ask(robot, "POST", "/api/v1/channels/weibo/pause", {"reason": "维护"})[0] == 200
    assert ask(robot, "POST", "/api/v1/channels/weibo/resume", {"reason": "维护完毕"})[0] == 200
    listed = {token["name"]: token for token in json.loads(world.command("user", "tokens", "--json").stdout)}
    assert listed["prometheus"]["used_at"] and listed["prometheus"]["used_from"] == "127.0.0.1", listed
    assert world.command("user", "revoke", "prometheus").returncode == 0
    assert ask(viewer, "GET", "/metrics")[0] == 401
    # An account of this machine approves no more.
    held = world.query("SELECT id FROM delivery WHERE state = 'held' ORDER BY id")[0][0]
    refused = world.command("approve", str(held), "--text", "00000000")
    assert refused.returncode == 1 and "logged in as oneself" in refused.stderr, refused
    zhang.get("/api/v1/status")
    return [viewer, robot]


def tells_who_and_no_secret(world, people, tokens):
    entries = [json.loads(line) for line in world.command("log", "--limit", "1000", "--json").stdout.splitlines()]
    released = [entry["entry"]["actor"] for entry in entries if entry["event"] == "review.approved"]
    assert released == ["user:u000003", "user:u000003"], released
    assert world.command("ledger", "verify").returncode == 0
    kept = world.log.read_bytes() + b"".join(file.read_bytes() for file in world.data.glob("liandong.db*"))
    for secret in [PASSWORD, *tokens, *(person.cookie.split("=")[1] for person in people.values() if person.cookie)]:
        assert secret.encode() not in kept, "a secret is kept in the clear"


def main():
    with World(("weibo",), more=HELD) as world:
        world.start(init=True)
        wait_until("everything is held", lambda: world.states().count("held") == 2 * ITEMS, 60)
        wait_until("the console answers", world.is_healthy)
        zhang, token = locks_when_there_is_a_user(world)
        wants_password_and_code(zhang)
        people, tokens = decides_by_role(world, zhang)
        ends_with_the_user(world, people)
        tokens += answers_programs_that_show_a_token(world, zhang)
        tells_who_and_no_secret(world, {**people, "zhang": zhang}, [token, *tokens])
        assert world.stop() == 0
    print("the console knows its people")


if __name__ == "__main__":
    main()
