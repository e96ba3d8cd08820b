#!/usr/bin/env python3
"""A mass-send reaches the followers once, wherever the program dies and whatever becomes of the answer:
the same request under its clientmsgid is the only thing ever sent again.

    test_mass_send.py [--only NAME]
"""

import sys

from harness import Verdict, World, run_suite, wait_until

SEND = "/cgi-bin/message/mass/sendall"
SUFFERS = ("withhold", "read_close", "reset", "cut")
TIMES = ("before", "after_commit")


class Mass:
    """One item, one channel that mass-sends."""

    def __init__(self, **options):
        self.world = World(("wechat",), items=1, options={"wechat": options})
        text = self.world.config.read_text()
        self.world.config.write_text(text.replace('app_id = "wx0123456789abcdef"',
                                                  'app_id = "wx0123456789abcdef"\nmode = "mass_send"'))
        self.stub = self.world.stubs["wechat"]

    def __enter__(self):
        return self

    def __exit__(self, *why):
        return self.world.__exit__(*why)

    def journal(self, op):
        return [entry for entry in self.stub.journal() if entry["op"] == op]

    def row(self):
        rows = self.world.query("SELECT state, evidence, step FROM delivery WHERE channel = 'wechat'")
        return rows[0] if rows else ("", "", "")

    def ends(self, state, evidence, failures):
        try:
            wait_until(f"it is {state}", lambda: self.row()[0] == state, 90)
        except AssertionError as error:
            failures.append(f"{error}: {self.row()}")
        if evidence and self.row()[1] != evidence:
            failures.append(f"evidence {self.row()[1]}, expected {evidence}")

    def verdict(self, failures, kills=0):
        seen = len(self.journal("mass"))
        self.world.kill()
        if self.world.command("ledger", "verify").returncode != 0:
            failures.append("the ledger does not verify")
        held = ["the item"] if self.row()[0] == "held" else []
        return Verdict(failures=failures, kills=kills, lost=[] if seen else ["the item"], held=held,
                       duplicated=["the item"] if seen > 1 else [])


def killed_while_the_answer_is_out(when):
    """kill -9 with the request read by the platform, before or after it acted."""
    with Mass() as mass:
        mass.stub.fault(path=SEND, method="POST", do="withhold", when=when)
        mass.world.start(init=True)
        wait_until("the request is out", lambda: mass.stub.requests(SEND), 60)
        mass.world.kill()
        mass.stub.end_faults()
        mass.world.start()
        failures = []
        mass.ends("delivered", "clientmsgid" if when == "after_commit" else "reply", failures)
        return mass.verdict(failures, kills=1)


def killed_while_it_is_polled():
    with Mass(send_seconds=3) as mass:
        mass.world.start(init=True)
        wait_until("it was accepted", lambda: mass.row()[2] == "poll", 60)
        mass.world.kill()
        mass.world.start()
        failures = []
        mass.ends("delivered", "reply", failures)
        return mass.verdict(failures, kills=1)


def answer_that_suffers(do, when):
    with Mass() as mass:
        if do == "withhold":  # for ever is a minute to the program; the kill above is quicker
            do = "http"
        mass.stub.fault(path=SEND, method="POST", do=do, when=when, bytes=60, status=502,
                        body="<html>bad gateway</html>")
        mass.world.start(init=True)
        failures = []
        mass.ends("delivered", "clientmsgid" if when == "after_commit" else "reply", failures)
        return mass.verdict(failures)


def forgotten_but_gone():
    """The draft is consumed and the platform says nothing of the clientmsgid: a person decides."""
    with Mass(replay_first="media_id") as mass:
        mass.stub.fault(path=SEND, method="POST", do="read_close", when="after_commit")
        mass.world.start(init=True)
        failures = []
        mass.ends("held", None, failures)
        return mass.verdict(failures)


def repeated_too_fast():
    """45066 within its minute: the same request later, never another one."""
    with Mass(replay_seconds=2) as mass:
        mass.stub.fault(path=SEND, method="POST", do="read_close", when="after_commit")
        mass.world.start(init=True)
        failures = []
        mass.ends("delivered", "clientmsgid", failures)
        asked = {entry["clientmsgid"] for entry in mass.journal("send")}
        if len(asked) != 1:
            failures.append(f"several keys: {asked}")
        return mass.verdict(failures)


def administrator_must_confirm(said):
    """89504 to the request itself is no failure and no licence to send anew: one job, asked about."""
    with Mass(confirm_said=said, confirm_seconds=2) as mass:
        mass.world.start(init=True)
        failures = []
        mass.ends("delivered", "reply" if said == "named" else "clientmsgid", failures)
        asked = {entry["clientmsgid"] for entry in mass.journal("send")}
        if len(asked) != 1:
            failures.append(f"several keys: {asked}")
        return mass.verdict(failures)


def cases():
    listed = [(f"killed, {when}", {"run": lambda when=when: killed_while_the_answer_is_out(when)})
              for when in TIMES]
    listed += [(f"{do}, {when}", {"run": lambda do=do, when=when: answer_that_suffers(do, when)})
               for do in SUFFERS for when in TIMES]
    listed += [(run.__name__, {"run": run})
               for run in (killed_while_it_is_polled, forgotten_but_gone, repeated_too_fast)]
    listed += [(f"the administrator must confirm, {said}",
                {"run": lambda said=said: administrator_must_confirm(said)}) for said in ("named", "unnamed")]
    return listed


if __name__ == "__main__":
    sys.exit(run_suite("mass-send", lambda run: run(), cases()))
