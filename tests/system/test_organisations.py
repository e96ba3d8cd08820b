#!/usr/bin/env python3
"""Two offices below one, in one installation: each sees its own, publishes the same document, and the report adds up."""

import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fault"))

from harness import ITEMS, HALL, FeedSite, World, route, source_config, wait_until
from test_console import Person, invite

YEAR = str(datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).year)
TREE = """
[[organisation]]
name = "county"
title = "示范县人民政府"
[[organisation]]
name = "jyj"
title = "示范县教育局"
within = "county"
[[organisation]]
name = "wjj"
title = "示范县卫健局"
within = "county"
[review.approvers]
notice = 1
"""


def of(organisation, table):
    return f'{table}organisation = "{organisation}"\n'


def configure(world, other):
    """The world's feed and the hall are the county's; Weibo and a second hall are the offices'."""
    text = world.config.read_text()
    text = text.replace(HALL, of("county", HALL) + of("wjj", HALL.replace('"hall"\n', '"wjj_hall"\n', 1)))
    text = text.replace('name = "weibo"\n', 'name = "weibo"\norganisation = "jyj"\n')
    for name, url in (("jyj_notices", world.site.url), ("wjj_notices", other.url)):
        owner = name.split("_")[0]
        text += of(owner, source_config("feed", url + "/rss.xml", name=name)).replace(
            'kind = "notice"\n', f'kind = "notice"\nhosts = ["127.0.0.1"]\n')
    world.config.write_text(text)


def refuses_what_is_wrong(world):
    good = world.config.read_text()
    for right, wrong, said in (
            ('within = "county"', 'within = "county2"', 'there is no organisation \'county2\'; did you mean "county"?'),
            ('organisation = "wjj"\nkinds', 'organisation = "county"\nkinds', "channel 'wjj_hall' is of organisation 'wjj'")):
        assert right in good, right
        world.config.write_text(good.replace(right, wrong))
        answer = world.command("check")
        assert answer.returncode == 78 and said in answer.stderr, answer
        assert "liandong.toml:" in answer.stderr, answer
    world.config.write_text(good)
    answer = world.command("check")
    assert answer.returncode == 0 and "示范县卫健局" in answer.stdout, answer


def people_of(world):
    first = Person(world, "zhang")
    first.take_over(invite(world, "first-token", "zhang"))
    people = {"zhang": first}
    for name, role, organisation in (("li", "approver", "jyj"), ("wang", "approver", "wjj"), ("zhao", "viewer", "county")):
        people[name] = Person(world, name)
        people[name].take_over(invite(world, "add", name, "--role", role, "--organisation", organisation))
    wrong = world.command("user", "add", "sun", "--role", "viewer", "--organisation", "jjy")
    assert wrong.returncode == 1 and 'did you mean "jyj"?' in wrong.stderr, wrong
    return people


def items_of(person):
    return {item["id"]: item for item in person.get("/api/v1/items?limit=200")["items"]}


def each_sees_its_own(world, people):
    items = {name: items_of(person) for name, person in people.items()}
    assert {item["organisation"] for item in items["li"].values()} == {"jyj"}, items["li"]
    assert {item["organisation"] for item in items["wang"].values()} == {"wjj"}, items["wang"]
    assert len(items["li"]) == ITEMS and len(items["wang"]) == 2, (len(items["li"]), len(items["wang"]))
    assert items["zhao"].keys() == items["zhang"].keys() > items["li"].keys() | items["wang"].keys()
    status = people["li"].get("/api/v1/status")
    assert [channel["name"] for channel in status["channels"]] == ["weibo"], status["channels"]
    assert [source["name"] for source in status["sources"]] == ["jyj_notices"], status["sources"]
    assert status["items"] == ITEMS and status["states"] == {"held": ITEMS * 2}, status
    theirs = next(iter(items["wang"]))
    people["li"].get(f"/api/v1/items/{theirs}", 404)
    text = json.dumps(people["li"].get("/api/v1/log?limit=1000"), ensure_ascii=False)
    assert "wjj" not in text and "jyj" in text, text[:500]


def approves_only_its_own(world, people):
    delivery = people["wang"].get("/api/v1/review")["waiting"][0]["delivery"]
    text = people["wang"].get(f"/api/v1/deliveries/{delivery}")["text"]
    people["li"].post(f"/api/v1/deliveries/{delivery}/approve", {"text": text}, 404)
    assert world.query(f"SELECT state FROM delivery WHERE id = {delivery}") == [("held",)]
    people["wang"].post(f"/api/v1/deliveries/{delivery}/approve", {"text": text})
    wait_until("it is shown", lambda: world.query(
        f"SELECT 1 FROM delivery WHERE id = {delivery} AND state = 'delivered'"), 30)


def adds_up(world):
    def report(*words):
        answer = world.command("report", "--year", YEAR, *words, "--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    whole = report()
    lines = {line["name"]: line for line in whole["organisations"]}
    assert list(lines) == ["county", "jyj", "wjj"], lines
    for measure in ("items", "deliveries", "owed"):
        own = {name: line["own"][measure] for name, line in lines.items()}
        assert lines["county"]["with_below"][measure] == sum(own.values()), (measure, lines)
        assert lines["jyj"]["with_below"][measure] == own["jyj"], (measure, lines)
    assert lines["jyj"]["own"]["items"] == ITEMS and lines["wjj"]["own"]["items"] == 2, lines
    assert lines["wjj"]["own"]["deliveries"] == 1 and lines["jyj"]["own"]["deliveries"] == 0, lines
    of_one = report("--organisation", "wjj")
    assert sum(kind["items"]["total"] for kind in of_one["items"]) == 2, of_one["items"]
    assert "organisations" not in of_one
    for line in lines.values():
        for part in ("own", "with_below"):
            for measure, address in line[part]["why"].items():
                told = json.loads(world.command("report", "--why", address, "--json").stdout)
                assert told["value"] == line[part][measure], (address, told["value"], line)
    text = world.command("report", "--year", YEAR).stdout
    assert "各机构" in text and "示范县教育局" in text, text
    wrong = world.command("report", "--year", YEAR, "--organisation", "jjy")
    assert wrong.returncode == 1 and 'did you mean "jyj"?' in wrong.stderr, wrong
    assert world.command("report", "--recount").returncode == 0
    assert world.command("ledger", "verify").returncode == 0


def main():
    other = FeedSite(2)
    routes = (route("county", ["hall"], 'organisation = "county"\n') +
              route("jyj", ["weibo", "hall"], 'organisation = "jyj"\n') +
              '[[route]]\nname = "wjj"\norganisation = "wjj"\nkinds = ["notice"]\nchannels = ["wjj_hall"]\n')
    try:
        with World(("weibo",), routes=routes, more=TREE) as world:
            configure(world, other)
            refuses_what_is_wrong(world)
            world.start(init=True)
            wait_until("all is held", lambda: world.states().count("held") == ITEMS * 3 + 2, 60)
            wait_until("the console answers", world.is_healthy)
            people = people_of(world)
            each_sees_its_own(world, people)
            approves_only_its_own(world, people)
            adds_up(world)
            explained = world.command("explain", str(next(iter(items_of(people["wang"])))))
            assert "示范县卫健局 (wjj)" in explained.stdout, explained
            assert world.stop() == 0
    finally:
        other.stop()
    print("each office sees its own, and the report adds up")


if __name__ == "__main__":
    main()
