"""Weibo's open platform as far as Liandong uses it (contract: weibo.md), with its traps.

Ids pass 2^53 (so `id` read as a double is wrong), links come back as t.cn links, `text` is cut at
140, the timeline shows five posts, `#topics#` vanish, the duplicate check looks at the last post
only. The server never tells whether a lost request was acted on: the timeline must be asked.
"""

import collections
import hashlib
import itertools
import re
import sys
import time
import urllib.parse

from stub_server import Reply, Stub

FIRST_ID = 5_100_000_000_000_001
BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAGICS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
URL = re.compile(r"https?://[\x21-\x7e]+")
MESSAGES = {
    10001: "system error", 10006: "source paramter(appkey) is missing",
    10016: "miss required parameter", 10017: "text not find domain!", 10020: "request api not found!",
    10021: "HTTP method is not suported for this request!", 10022: "IP requests out of rate limit",
    10023: "User requests out of rate limit", 10024: "User requests for statuses/share out of rate limit",
    20005: "unsupported image type, only support JPG, GIF, PNG", 20006: "image size too large",
    20007: "does multipart has image?", 20008: "content is null",
    20012: "text too long, please input text less than 140 characters", 20016: "out of limit",
    20017: "you have posted similar content", 20019: "repeat content",
    20032: "Update success, while server slow now, please wait 1-2 minutes",
    20101: "target weibo does not exist!", 21327: "expired_token", 21332: "invalid_access_token",
    21335: "request uid's value must be the current user",
}
RATE_CODES = {10022, 10023, 10024, 20016}


def half_units(text):
    """Bytes in Sina's sense: ASCII and Latin-1 one, the rest of the BMP two, beyond it four."""
    total = 0
    for character in text.replace("\r\n", "\n"):
        point = ord(character)
        total += 1 if point <= 0xFF else 2 if point <= 0xFFFF else 4
    return total


def weibo_time(seconds):
    beijing = time.gmtime(seconds + 8 * 3600)
    return time.strftime("%a %b %d %H:%M:%S +0800 %Y", beijing)


def short_link(url):
    number = int.from_bytes(hashlib.sha256(url.encode()).digest()[:4], "big")
    letters = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        letters += BASE62[digit]
    return "http://t.cn/A6" + letters


class Weibo(Stub):
    """A stand-in for api.weibo.com."""

    name = "weibo"
    defaults = {
        "uid": 2000000001,
        "safe_domain": "127.0.0.1",       # comma separated; links must live under one of them
        "domain_bound": True,             # false: 10017 "appkey not bind domain!"
        "token_state": "valid",           # expired: 21327, revoked: 21332
        "token_seconds": 157679999,
        "string_codes": False,            # error_code as a string, as in the platform's own example
        "error_status": 400,
        "min_gap_seconds": 0,             # 20016 when posts follow faster
        "calls_per_day": 0,               # 10023; 0: no limit
        "posts_per_hour": 0,              # 10024
        "ip_calls_per_hour": 0,           # 10022
        "similar": False,                 # 20017 for every post that shares 20 characters with the last
        "slow_answer": False,             # posts are made, and answered 20032
        "sync_lag": 0,                    # seconds until a post shows up in the timeline
        "timeline_limit": 5,
        "html_502": "",                   # "before" or "after" the post is made
        "next_error": 0,                  # this code, once, without posting
        "silent_drop": False,             # answered like a post that was never made
        "post_twice": False,              # one request makes two posts
        "articles": True,                 # 头条文章 is opened to the account, else 10014
        "article_code": 0,                # this code, once; 11002 and 11003 make the article alone
    }

    def clear(self):
        self.posts = {}
        self.order = []
        self.calls = collections.deque()
        self.post_times = collections.deque(maxlen=1000)

    def routes(self):
        for method, path, handler in (
            ("POST", "/2/statuses/share.json", self.share),
            ("GET", "/2/statuses/user_timeline.json", self.user_timeline),
            ("GET", "/2/statuses/show.json", self.show),
            ("POST", "/2/statuses/destroy.json", self.destroy),
            ("GET", "/2/users/show.json", self.users_show),
            ("POST", "/proxy/article/publish.json", self.publish_article),
        ):
            self.route(method, path, self.counted(handler))
        self.route("POST", "/oauth2/get_token_info", self.token_info)
        self.route("GET", "/2/account/rate_limit_status.json", self.rate_limit_status)

    def apply(self, entry):
        if entry["op"] == "publish":
            self.posts[entry["id"]] = dict(entry)
            self.order.append(entry["id"])
            self.post_times.append(entry["at"])
        elif entry["op"] == "delete":
            self.posts.pop(entry["id"], None)
            self.order = [known for known in self.order if known != entry["id"]]

    # --- errors ---

    def error(self, request, code, message=None):
        status = 403 if code in RATE_CODES else self.options["error_status"]
        shown = str(code) if self.options["string_codes"] else code
        return Reply({"request": request.path, "error_code": shown,
                      "error": message or MESSAGES.get(code, "unknown error")}, status)

    def not_found(self, request):
        known = any(path == request.path for _, path in self.plain_routes)
        return self.error(request, 10021 if known else 10020)

    def counted(self, handler):
        """Token first, then the budgets every call eats from, then the call."""

        def call(request):
            code = self.token_error(request)
            if code:
                return self.error(request, code)
            now = self.now()
            self.calls.append(now)
            while self.calls[0] <= now - 86400:
                self.calls.popleft()
            if 0 < self.options["ip_calls_per_hour"] < sum(at > now - 3600 for at in self.calls):
                return self.error(request, 10022)
            if 0 < self.options["calls_per_day"] < len(self.calls):
                return self.error(request, 10023)
            return handler(request)

        return call

    def token_error(self, request):
        token = request.value("access_token") or request.bearer()
        if not token:
            return 10006
        if token != self.token or self.options["token_state"] == "revoked":
            return 21332
        return 21327 if self.options["token_state"] == "expired" else 0

    # --- posting ---

    def share(self, request):
        if self.options["html_502"] == "before":
            return Reply("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
        if self.options["next_error"]:
            code, self.options["next_error"] = self.options["next_error"], 0
            return self.error(request, code)
        status = request.form.get("status")
        picture = request.files.get("pic")
        refusal = self.refusal(request, status, picture)
        if refusal:
            return refusal
        text = re.sub(r"#[^#]+#", "", status)
        number = str(FIRST_ID + 3 * len(self.journal.entries))
        entry = {"op": "publish", "id": number, "text": text, "links": URL.findall(text),
                 "picture": len(picture.content) if picture else 0}
        if self.options["silent_drop"]:
            return self.status({"at": self.now(), **entry})
        self.commit(entry)
        if self.options["post_twice"]:
            self.commit({**entry, "id": str(FIRST_ID + 3 * len(self.journal.entries))})
        if self.options["slow_answer"]:
            return self.error(request, 20032)
        if self.options["html_502"] == "after":
            return Reply("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
        return self.status(self.posts[number])

    def article_code(self, form):
        if not all(form.get(name) for name in ("title", "content", "cover", "text", "rip")):
            return 10008
        fits = (len(form["title"]) <= 32 and len(form["content"]) <= 90_000 and
                len(form["text"]) <= 1900 and re.match(r"https?://", form["cover"]))
        return 0 if fits else 10008

    def publish_article(self, request):
        """头条文章 and the post bound to it (contract 3.4)."""
        if not self.options["articles"]:
            return self.error(request, 10014, "Insufficient app permissions!")
        forced, self.options["article_code"] = self.options["article_code"], 0
        code = self.article_code(request.form) or forced
        number = str(FIRST_ID + 3 * len(self.journal.entries))
        article = f"1022:2309{number}"
        if code in (0, 11002, 11003):
            self.commit({"op": "article", "id": article, "title": request.form["title"],
                         "content": request.form["content"]})
        if code:
            return {"code": str(code), "msg": "refused", "data": ""}
        number = str(FIRST_ID + 3 * len(self.journal.entries))
        text = request.form["text"]
        self.commit({"op": "publish", "id": number, "text": text, "links": URL.findall(text),
                     "picture": 0, "article": article})
        url = f"https://weibo.com/ttarticle/p/show?id={article}"
        return {"code": "100000", "msg": "",
                "data": {"object_id": article, "url": url, "mid": number}}

    def refusal(self, request, status, picture):
        if request.bad:
            return self.error(request, 10017, "appkey not bind domain!")
        if status is None or not request.form.get("rip"):
            return self.error(request, 10016)
        if not status.strip():
            return self.error(request, 20008)
        if not self.options["domain_bound"]:
            return self.error(request, 10017, "appkey not bind domain!")
        if not any(self.is_safe(link) for link in URL.findall(status)):
            return self.error(request, 10017)
        if (half_units(status) + 1) // 2 > 140:
            return self.error(request, 20012)
        if picture and len(picture.content) >= 5 * 1024 * 1024:
            return self.error(request, 20006)
        if picture and not picture.content.startswith(MAGICS):
            return self.error(request, 20005)
        return self.too_often(request) or self.repeated(request, status)

    def too_often(self, request):
        now = self.now()
        gap = self.options["min_gap_seconds"]
        if gap and self.post_times and now - self.post_times[-1] < gap:
            return self.error(request, 20016)
        most = self.options["posts_per_hour"]
        if most and sum(at > now - 3600 for at in self.post_times) >= most:
            return self.error(request, 10024)
        return None

    def repeated(self, request, status):
        if not self.order:
            return None
        text = re.sub(r"#[^#]+#", "", status)
        last = self.posts[self.order[-1]]["text"]
        if text == last:
            return self.error(request, 20019)
        if self.options["similar"] and text[:20] == last[:20]:
            return self.error(request, 20017)
        return None

    def is_safe(self, link):
        host = urllib.parse.urlsplit(link).hostname or ""
        return any(host == domain or host.endswith("." + domain)
                   for domain in str(self.options["safe_domain"]).split(","))

    # --- reading back ---

    def status(self, post):
        text = URL.sub(lambda link: short_link(link.group()), post["text"]).strip()
        return {"created_at": weibo_time(post["at"]), "id": int(post["id"]), "mid": post["id"],
                "idstr": post["id"], "text": text[:140], "truncated": len(text) > 140,
                "source": '<a href="http://app.weibo.com/t/feed/x" rel="nofollow">联动</a>',
                "user": {"id": self.options["uid"], "idstr": str(self.options["uid"]),
                         "screen_name": "联动测试"},
                "reposts_count": 0, "comments_count": 0, "attitudes_count": 0}

    def user_timeline(self, request):
        if request.value("uid") not in (None, str(self.options["uid"])):
            return self.error(request, 21335)
        now = self.now()
        since = int(request.value("since_id", 0) or 0)
        shown = (self.posts[number] for number in reversed(self.order) if int(number) > since and
                 self.posts[number]["at"] + self.options["sync_lag"] <= now)
        count = min(int(request.value("count", 20) or 20), self.options["timeline_limit"])
        return {"statuses": [self.status(post) for post in itertools.islice(shown, count)],
                "previous_cursor": 0, "next_cursor": 0, "total_number": len(self.order)}

    def show(self, request):
        post = self.posts.get(request.value("id", ""))
        return self.status(post) if post else self.error(request, 20101)

    def destroy(self, request):
        post = self.posts.get(request.value("id", ""))
        if not post:
            return self.error(request, 20101)
        answer = self.status(post)
        self.commit({"op": "delete", "id": post["id"]})
        return answer

    # --- account ---

    def users_show(self, request):
        return {"id": self.options["uid"], "idstr": str(self.options["uid"]),
                "screen_name": "联动测试", "verified": True, "statuses_count": len(self.order),
                "followers_count": 1}

    def token_info(self, request):
        code = self.token_error(request)
        if code:
            return self.error(request, code)
        return {"uid": self.options["uid"], "appkey": "1234567890", "scope": None,
                "create_at": int(self.now()), "expire_in": self.options["token_seconds"]}

    def rate_limit_status(self, request):
        code = self.token_error(request)
        if code:
            return self.error(request, code)
        limit = self.options["calls_per_day"] or 100
        return {"ip_limit": 15000, "limit_time_unit": "HOURS", "remaining_ip_hits": 15000,
                "remaining_user_hits": max(0, limit - len(self.calls)), "user_limit": limit,
                "reset_time_in_seconds": int(3600 - self.now() % 3600), "api_rate_limits": []}


if __name__ == "__main__":
    sys.exit(Weibo.main())
