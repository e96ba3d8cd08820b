"""A WebSub hub (https://www.w3.org/TR/websub/): subscription, verification of intent, distribution.

`--set lease_seconds=N` is what it grants, `deny=REASON` refuses, `proof_topic=URL` asks about a topic
nobody subscribed to, `method=sha256` says how it signs, `key=TEXT` signs with another secret. POST
/publish {"topic": URL} fetches the topic and sends it to who is subscribed. The journal says what became
of every step; the secrets that subscribers gave are not in it.
"""

import asyncio
import hmac
import http.client
import secrets
import urllib.parse

from stub_server import Reply, Stub


def ask(method, url, body=None, headers=None):
    """(status, type, body) of one request; status 0 when there was no answer."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
        reply = connection.getresponse()
        return reply.status, reply.getheader("Content-Type", ""), reply.read()
    except OSError:
        return 0, "", b""
    finally:
        connection.close()


class Hub(Stub):
    """A hub that keeps subscriptions in memory, as one that forgets them when it starts again."""

    name = "hub"
    defaults = {"lease_seconds": 864000, "deny": "", "proof_topic": "", "method": "sha256", "key": ""}

    def clear(self):
        self.active = {}  # (callback, topic): when the lease ends
        self.secrets = {}

    def routes(self):
        self.route("POST", "/", self.subscribe)
        self.route("POST", "/publish", self.publish)

    def apply(self, entry):
        if entry["op"] == "verified" and entry["confirmed"]:
            self.active[(entry["callback"], entry["topic"])] = entry["at"] + entry["lease_seconds"]

    def subscribe(self, request):
        wish = {name: request.form.get("hub." + name, "") for name in ("mode", "topic", "callback", "secret")}
        if wish["mode"] != "subscribe" or not wish["topic"] or not wish["callback"].startswith("http"):
            return Reply("hub.mode, hub.topic and hub.callback are needed", 400)
        if not 0 < len(wish["secret"]) < 200:
            return Reply("hub.secret must be shorter than 200 bytes", 400)
        self.commit({"op": "asked", "topic": wish["topic"], "callback": wish["callback"]})
        self.later(self.deny(wish) if self.options["deny"] else self.verify(wish))
        return Reply(b"", 202)

    @staticmethod
    def with_query(wish, query):
        return wish["callback"] + ("&" if "?" in wish["callback"] else "?") + urllib.parse.urlencode(query)

    async def deny(self, wish):
        url = self.with_query(wish, {"hub.mode": "denied", "hub.topic": wish["topic"],
                                     "hub.reason": self.options["deny"]})
        status, _, _ = await asyncio.to_thread(ask, "GET", url)
        self.commit({"op": "denied", "topic": wish["topic"], "status": status})

    async def verify(self, wish):
        challenge = secrets.token_urlsafe(24)
        topic = self.options["proof_topic"] or wish["topic"]
        lease = int(self.options["lease_seconds"])
        url = self.with_query(wish, {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": challenge,
                                     "hub.lease_seconds": lease})
        status, _, body = await asyncio.to_thread(ask, "GET", url)
        confirmed = status // 100 == 2 and body == challenge.encode()
        self.secrets[(wish["callback"], topic)] = wish["secret"].encode()
        self.commit({"op": "verified", "topic": topic, "callback": wish["callback"], "status": status,
                     "confirmed": confirmed, "lease_seconds": lease})

    def publish(self, request):
        self.later(self.distribute(request.json["topic"]))
        return Reply({}, 202)

    async def distribute(self, topic):
        _, kind, content = await asyncio.to_thread(ask, "GET", topic)
        for (callback, subscribed), ends in list(self.active.items()):
            if subscribed != topic or ends < self.now():
                continue
            method = self.options["method"]
            key = self.options["key"].encode() or self.secrets[(callback, topic)]
            mac = hmac.new(key, content, method).hexdigest()
            headers = {"Content-Type": kind, "Link": f'<{topic}>; rel="self"', "X-Hub-Signature": f"{method}={mac}"}
            status, _, _ = await asyncio.to_thread(ask, "POST", callback, content, headers)
            self.commit({"op": "distributed", "topic": topic, "method": method, "status": status})


if __name__ == "__main__":
    Hub.main()
