"""A server of the Mastodon API as far as Liandong uses it (contract: mastodon.md).

`--set family=mastodon|gotosocial|pleroma|snac` chooses how it differs from the book: who keeps an
Idempotency-Key, who has /api/v2/instance, whose ids change on an edit, who limits.
"""

import hashlib
import html
import re
import sys
import time

from stub_server import Reply, Stub

URL = re.compile(r"https?://[\x21-\x7e]+")
VERSIONS = {"mastodon": "4.5.0", "gotosocial": "0.20.0", "pleroma": "2.7.2 (compatible; Pleroma 2.9.0)",
            "snac": "4.0.0 (not true; really snac/2.94)"}
KEEPS_KEY = {"mastodon": 3600, "pleroma": 21600}
VISIBILITIES = ("public", "unlisted", "private", "direct")


def iso(seconds):
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def shown(text):
    """Plain text as the server's HTML, links as Mastodon dresses them."""
    parts, last = [], 0
    for link in URL.finditer(text):
        parts.append(html.escape(text[last:link.start()]).replace("\n", "<br />"))
        address = html.escape(link.group())
        host = address.split("//", 1)[1]
        parts.append(f'<a href="{address}" target="_blank" rel="nofollow noopener noreferrer">'
                     f'<span class="invisible">https://</span><span class="ellipsis">{host[:30]}'
                     f'</span><span class="invisible">{host[30:]}</span></a>')
        last = link.end()
    parts.append(html.escape(text[last:]).replace("\n", "<br />"))
    return "<p>" + "".join(parts) + "</p>"


class Mastodon(Stub):
    """A stand-in for a Mastodon-compatible server."""

    name = "mastodon"
    defaults = {
        "family": "mastodon",
        "account": "109999999999999999",
        "token_state": "valid",        # revoked: 401, scopes: 403, disabled: 403
        "max_characters": 500,
        "url_cost": 23,
        "posts_per_3_hours": 300,
        "deletes_per_half_hour": 30,
        "media_polls": 0,              # GET /media/:id answers 206 so often before it is ready
        "replay_500": False,           # the bug of 2026: a replayed key ends in 500
        "silent_drop": False,          # 200 with a Status that was never stored
        "silenced": False,             # public becomes unlisted
        "page_limit": 40,
        "html": False,                 # every answer is a login page
        "boosted": False,              # the newest post was boosted by the account itself
    }

    def clear(self):
        self.posts = {}
        self.order = []
        self.keys = {}
        self.media = {}
        self.post_times = []
        self.delete_times = []
        self.count = 0

    def routes(self):
        for method, path, handler in (
            ("GET", "/api/v1/accounts/verify_credentials", self.credentials),
            ("GET", "/api/v1/accounts/:id/statuses", self.account_statuses),
            ("POST", "/api/v1/statuses", self.create),
            ("GET", "/api/v1/statuses/:id", self.show),
            ("GET", "/api/v1/statuses/:id/source", self.source),
            ("PUT", "/api/v1/statuses/:id", self.edit),
            ("DELETE", "/api/v1/statuses/:id", self.delete),
            ("POST", "/api/v2/media", self.upload),
            ("GET", "/api/v1/media/:id", self.media_state),
        ):
            self.route(method, path, self.authorised(handler))
        self.route("GET", "/api/v1/instance", self.instance_v1)
        self.route("GET", "/api/v2/instance", self.instance_v2)

    def apply(self, entry):
        if entry["op"] == "publish":
            self.posts[entry["id"]] = dict(entry)
            self.order.append(entry["id"])
            self.post_times.append(entry["at"])
            if entry.get("key"):
                self.keys[entry["key"]] = (entry["id"], entry["at"])
            self.count += 1
        elif entry["op"] == "edit":
            post = self.posts.pop(entry["old_id"])
            post.update(id=entry["id"], text=entry["text"], edited_at=entry["at"],
                        media=entry["media"])
            self.posts[entry["id"]] = post
            self.order[self.order.index(entry["old_id"])] = entry["id"]
            self.count += 1
        elif entry["op"] == "delete":
            self.posts.pop(entry["id"], None)
            self.order.remove(entry["id"])
            self.delete_times.append(entry["at"])

    # --- errors and limits ---

    def error(self, status, text, headers=None):
        if self.options["family"] == "snac":
            return Reply(f"<h1>{status}</h1>", status, headers)
        return Reply({"error": text}, status, headers)

    def authorised(self, handler):
        def call(request):
            if self.options["html"]:
                return Reply("<!DOCTYPE html><html><body>Log in</body></html>")
            if request.bearer() != self.token or self.options["token_state"] == "revoked":
                snac = self.options["family"] == "snac"
                status = 422 if snac and request.path.endswith("verify_credentials") else 401
                return self.error(status, "The access token is invalid")
            if self.options["token_state"] == "scopes":
                return self.error(403, "This action is outside the authorized scopes")
            if self.options["token_state"] == "disabled":
                return self.error(403, "Your login is currently disabled")
            return handler(request)

        return call

    def limited(self, times, most, period):
        """429 as Mastodon sends it: the end of the window, no Retry-After."""
        now = self.now()
        if self.options["family"] in ("snac", "gotosocial") or most <= 0:
            return None
        if sum(at > now - now % period for at in times[-most:]) < most:
            return None
        end = now - now % period + period
        return self.error(429, "Too many requests",
                          {"X-RateLimit-Limit": most, "X-RateLimit-Remaining": 0,
                           "X-RateLimit-Reset": iso(end)[:-1] + "685Z", "Date": time.strftime(
                               "%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now))})

    # --- posts ---

    def next_id(self):
        number = self.count + 1
        family = self.options["family"]
        if family == "mastodon":
            return str(115_000_000_000_000_000 + number)
        if family == "gotosocial":
            return f"01K{number:023d}"
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        return f"A{number:05d}{digest[:12]}" if family == "pleroma" else f"{number:010d}{digest[:32]}"

    def length(self, text):
        links = URL.findall(text)
        return len(URL.sub("", text)) + len(links) * self.options["url_cost"]

    def values(self, request, name):
        """A list parameter of a form (name[]) or of a JSON object."""
        if isinstance(request.json, dict):
            return list(request.json.get(name) or [])
        value = request.form.get(name + "[]")
        return [value] if value else []

    def create(self, request):
        key = request.headers.get("idempotency-key")
        keeps = KEEPS_KEY.get(self.options["family"], 0)
        if key and keeps and key in self.keys and self.keys[key][1] > self.now() - keeps:
            return self.replay(self.keys[key][0])
        limit = self.limited(self.post_times, self.options["posts_per_3_hours"], 3 * 3600)
        if limit:
            return limit
        text = request.value("status") or ""
        media = self.values(request, "media_ids")
        refusal = self.refusal(text, media)
        if refusal:
            return refusal
        visibility = request.value("visibility") or "public"
        if visibility not in VISIBILITIES:
            return self.error(422, "Validation failed: Visibility is not included in the list")
        if self.options["silenced"] and visibility == "public":
            visibility = "unlisted"
        entry = {"op": "publish", "id": self.next_id(), "text": text, "links": URL.findall(text),
                 "visibility": visibility, "language": request.value("language"), "media": media,
                 "key": key if keeps else None}
        if self.options["silent_drop"]:
            return self.status({"at": self.now(), **entry})
        return self.status(self.commit(entry))

    def replay(self, number):
        if self.options["replay_500"]:
            return Reply("<html>500</html>", 500)
        post = self.posts.get(number)
        return self.status(post) if post else self.error(404, "Record not found")

    def refusal(self, text, media):
        if not text.strip() and not media:
            return self.error(422, "Validation failed: Text can't be blank")
        if self.options["family"] != "snac" and self.length(text) > self.options["max_characters"]:
            return self.error(422, "Validation failed: Text character limit of "
                                   f"{self.options['max_characters']} exceeded")
        for number in media:
            known = self.media.get(number)
            if known is None or known["attached"]:
                return self.error(422, f"Media {number} not found or already attached to another post")
            if known["polls"] > 0:
                return self.error(422, "Cannot attach files that have not finished processing. "
                                       "Try again in a moment!")
        for number in media:
            self.media[number]["attached"] = True
        return None

    def status(self, post):
        address = f"https://stub.invalid/@liandong/{post['id']}"
        body = {"id": post["id"], "uri": address, "url": address, "created_at": iso(post["at"]),
                "content": shown(post["text"]), "visibility": post["visibility"],
                "language": post["language"], "edited_at":
                iso(post["edited_at"]) if "edited_at" in post else None,
                "media_attachments": [{"id": number, "type": "image"} for number in post["media"]],
                "account": {"id": self.options["account"], "acct": "liandong"}, "reblog": None}
        if self.options["family"] == "snac":
            body["text"] = post["text"]
        return body

    def show(self, request):
        post = self.posts.get(request.params["id"])
        return self.status(post) if post else self.error(404, "Record not found")

    def source(self, request):
        post = self.posts.get(request.params["id"])
        if not post:
            return self.error(404, "Record not found")
        return {"id": post["id"], "text": post["text"], "spoiler_text": ""}

    def edit(self, request):
        post = self.posts.get(request.params["id"])
        if not post:
            return self.error(404, "Record not found")
        text = request.value("status") or ""
        kept = self.values(request, "media_ids")
        refusal = self.refusal(text, [number for number in kept if number not in post["media"]])
        if refusal:
            return refusal
        changed = self.options["family"] == "snac"
        self.commit({"op": "edit", "id": self.next_id() if changed else post["id"],
                     "old_id": post["id"], "text": text, "links": URL.findall(text),
                     "media": kept})
        return self.status(post)

    def delete(self, request):
        post = self.posts.get(request.params["id"])
        if not post:
            return self.error(404, "Record not found")
        limit = self.limited(self.delete_times, self.options["deletes_per_half_hour"], 1800)
        if limit:
            return limit
        answer = {**self.status(post), "text": post["text"]}
        self.commit({"op": "delete", "id": post["id"]})
        return answer

    def account_statuses(self, request):
        if request.params["id"] != self.options["account"]:
            return self.error(404, "Record not found")
        numbers = self.order[::-1]
        before = request.value("max_id")
        if before:
            numbers = numbers[numbers.index(before) + 1:] if before in numbers else []
        count = min(int(request.value("limit", 20)), self.options["page_limit"])
        rows = [self.status(self.posts[number]) for number in numbers[:count]]
        # snac knows no such parameter.
        left_out = request.value("exclude_reblogs") == "true" and self.options["family"] != "snac"
        if self.options["boosted"] and rows and not before and not left_out:
            rows.insert(0, {**rows[0], "id": f"boost-{rows[0]['id']}", "reblog": rows[0]})
        return rows

    # --- media ---

    def upload(self, request):
        file = request.files.get("file")
        if file is None or not file.file_name:
            return self.error(422, "Validation failed: File can't be blank")
        if not file.content.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")):
            return self.error(422, "Validation failed: File content type is invalid")
        number = str(200 + len(self.media))
        self.media[number] = {"polls": self.options["media_polls"], "attached": False}
        waiting = self.options["media_polls"] > 0
        return Reply({"id": number, "type": "image",
                      "url": None if waiting else f"https://stub.invalid/{number}.png",
                      "description": request.form.get("description")}, 202 if waiting else 200)

    def media_state(self, request):
        known = self.media.get(request.params["id"])
        if self.options["family"] == "snac" or known is None or known["attached"]:
            return self.error(404, "Record not found")
        known["polls"] = max(0, known["polls"] - 1)
        return Reply({"id": request.params["id"], "type": "image", "url": None},
                     206 if known["polls"] else 200)

    # --- account and server ---

    def credentials(self, _request):
        return {"id": self.options["account"], "username": "liandong", "acct": "liandong",
                "url": "https://stub.invalid/@liandong", "statuses_count": len(self.order),
                "source": {"privacy": "public", "language": "zh"}}

    def configuration(self):
        return {"statuses": {"max_characters": self.options["max_characters"],
                             "max_media_attachments": 4,
                             "characters_reserved_per_url": self.options["url_cost"]},
                "media_attachments": {"image_size_limit": 16777216,
                                      "supported_mime_types": ["image/jpeg", "image/png", "image/gif"]}}

    def instance_v2(self, _request):
        if self.options["family"] == "snac":
            return Reply("<h1>404 Not Found</h1>", 404)
        return {"domain": "stub.invalid", "version": VERSIONS[self.options["family"]],
                "configuration": self.configuration(), "api_versions": {"mastodon": 6}}

    def instance_v1(self, _request):
        return {"uri": "stub.invalid", "version": VERSIONS[self.options["family"]],
                "configuration": self.configuration()}


if __name__ == "__main__":
    sys.exit(Mastodon.main())
