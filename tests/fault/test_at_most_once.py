#!/usr/bin/env python3
"""E-mail, where nobody can tell afterwards whether it was sent: never twice, and never silently lost. What
is unclear is held for a person, who may release it.

    test_at_most_once.py [--only NAME]
"""

import socketserver
import sys
import threading

from harness import ENDED, PACE, Verdict, World, route, run_suite, wait_until


class MailServer:
    """Keeps what was accepted. `answers` is what the next messages get: "ok", "busy" before the text,
    "silent": taken, and the connection closed without a word."""

    def __init__(self, *answers):
        self.mails, self.answers = [], list(answers)
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                server.talk(self)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def talk(self, peer):
        say = lambda words: peer.wfile.write(words.encode() + b"\r\n")
        say("220 stand-in")
        while line := peer.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"MAIL" and self.answers[:1] == ["busy"]:
                self.answers.pop(0)
                say("451 later")
            elif word == b"DATA":
                say("354 go on")
                text = b"".join(iter(peer.rfile.readline, b".\r\n"))
                self.mails.append(text)
                if self.answers and self.answers.pop(0) == "silent":
                    return
                say("250 taken")
            elif word == b"QUIT":
                return say("221 bye")
            else:
                say("250 fine")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def channel(port):
    return f"""[[channel]]
name = "press"
type = "email"
smtp_host = "127.0.0.1"
smtp_port = {port}
security = "none"
internal = true
from = "liandong@example.gov.cn"
to = ["editor@example.cn"]
{PACE}"""


def run_case(order="", answers=(), state="held", mails=0, after_release=None):
    """How the one message ends and how often it was sent; then, when asked, what a release does."""
    server, failures = MailServer(*answers), []
    with World((), items=1, routes=channel(server.port) + route("all", ("press",))) as world:
        try:
            daemon = world.start(LIANDONG_FP=order)
            if order:
                wait_until("killed", lambda: daemon.poll() is not None, 30)
            failures += world.run_to_end(1, 60, ends=ENDED) if order else end(world)
            failures += check(world, server, state, mails)
            if after_release is not None:
                failures += [world.command("release", "1").stderr] if state == "held" else []
                failures += world.run_to_end(1, 60)
                failures += check(world, server, "delivered", after_release)
        except AssertionError as error:
            failures.append(str(error))
        world.kill()
        server.stop()
        failures = [words for words in failures if words]
        if failures:
            failures.append(world.last_log())
        return Verdict(failures=failures, kills=int(bool(order)))


def end(world):
    wait_until("it has ended", lambda: world.all_final(1, ENDED), 60)
    return [f"SIGTERM ended it with {code}"] if (code := world.stop()) != 0 else []


def check(world, server, state, mails):
    was = world.states()
    return ([f"it is {was}, not {state}"] if was != [state] else []) + (
        [f"sent {len(server.mails)} times, not {mails}"] if len(server.mails) != mails else [])


CASES = {
    "killed before it left": {"order": "14:kill", "mails": 0, "after_release": 1},
    "killed after it was taken": {"order": "20:kill", "mails": 1},
    "killed while that is stored": {"order": "21:kill", "mails": 1},
    "taken without an answer": {"answers": ("silent",), "mails": 1},
    "busy": {"answers": ("busy", "busy"), "state": "delivered", "mails": 1},
    "stored, then killed": {"order": "22:kill", "state": "delivered", "mails": 1},
}


if __name__ == "__main__":
    sys.exit(run_suite("at most once", run_case, list(CASES.items())))
