#!/usr/bin/env python3
"""Stand-in for the WeChat Official Account API (contracts/wechat.md, section 9: 1-8, 13, 14).

Drafts and materials stand in the journal as `draft_*` and `material`, a submitted job as `submit`;
what the public sees is `publish` (written when the job completes) and `delete`. The app secret is
--token. Options (--set NAME=VALUE or POST /_stub/options):

    appid                what stable_token accepts
    profile              certified | personal (freepublish and mass answer 48001)
    publish_seconds      how long a job says 1 (publishing)
    publish_status       how it ends: 0, 2, 3, 4, or an unknown number
    later_status         0, or 5 / 6: what a finished job says from now on
    draft_leaves         submit | complete: when a submitted draft leaves the box
    list_order           newest | oldest first
    resubmit             refuse (40007) | again: a second submit of a draft that is still there
    material_seconds     how long a new cover is unknown to draft/add (40007)
    number_ids           publish_id as a number, otherwise a string
    token_seconds        life of a token
    refuse_token         0, or 40001 / 40014 / 42001: every business call
    refused_ip           an address: token calls answer 40164
    next_error           this code, once, for a business call that is then not executed
    busy                 a path whose calls answer -1 after they acted
    calls_per_minute     of one path, then 45011; 0: no limit
    calls_per_day        of one path, then 45009; 0: no limit
    content_limit        characters of an article
    refuse_local_links   41039 for a content_source_url on this machine
    picture_base         begin of uploadimg's addresses
    send_seconds         how long a mass-send says SENDING
    send_status          how it ends: SEND_SUCCESS, SEND_FAIL, or an unknown word
    sends_per_day        mass-sends of a day, then 45028; 0: no limit
    replay_first         clientmsgid | media_id: what a repeated mass-send is refused for (unverified)
    replay_seconds       a repetition within so many seconds answers 45066
    confirm_seconds      so long mass/get answers 89504, as an administrator has to confirm
    confirm_said         named | unnamed: sendall itself answers 89504, with or without its msg_id
                         (unverified); "": it does not
    figures              ready | late (61503) | offline (47009 for getbizsummary)
    followers            of getusercumulate
    callback             where finished jobs are pushed, "http://127.0.0.1:8462/callback/x"; "": nowhere
    callback_token, callback_key   of the account's server settings; a key: 安全模式
    callback_as          honest | forged (a wrong signature) | other (another account's appid)

Mass-sends stand in the journal as `send`; what the followers see is `mass`, and `mass_delete`.

POST /_stub/token {"do": "withdraw"}: the token issued last is refused (40001) though stable_token goes
on issuing it, until a forced refresh; {"do": "expire"}: it has expired (42001), the next one is new.
"""

import asyncio
import collections
import hashlib
import json
import re
import secrets

from stub_server import Reply, Stub
from wechat_callbacks import Callbacks
from wechat_mass import DAY, MESSAGES, MassSending

OVERLAP = 300
FORCED_SPACING = 30
FORCED_PER_DAY = 20


def rewritten(html):
    """What the platform makes of an article's HTML (contract 3); never what was sent."""
    html = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", html)
    html = re.sub(r"(?is)</?a\b[^>]*>", "", html)
    html = re.sub(r"(?is)<img\b[^>]*>", rewritten_picture, html)
    return re.sub(r"(?i)<br\s*/?>", "<br  />", html)


def rewritten_picture(match):
    source = re.search(r'\bsrc="([^"]*)"', match.group(0))
    if not source or not re.match(r"https?://(mmbiz\.qpic\.cn|mmecoa\.qpic\.cn|127\.0\.0\.1)[:/]",
                                  source.group(1)):
        return ""
    return f'<img data-src="{source.group(1)}/640?from=appmsg">'


def picture_kind(content):
    for magic, kind in ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF8", "gif"),
                        (b"BM", "bmp")):
        if content.startswith(magic):
            return kind
    return ""


class Wechat(MassSending, Callbacks, Stub):
    """Stand-in for the WeChat Official Account API."""

    name = "wechat"
    defaults = {"appid": "wx0123456789abcdef", "profile": "certified", "publish_seconds": 0.05,
                "publish_status": 0, "later_status": 0, "draft_leaves": "complete",
                "list_order": "newest", "resubmit": "refuse", "material_seconds": 0, "number_ids": True,
                "token_seconds": 7200, "refuse_token": 0, "refused_ip": "", "busy": "", "next_error": 0,
                "calls_per_minute": 0, "calls_per_day": 0, "content_limit": 20000,
                "refuse_local_links": False, "picture_base": "http://mmbiz.qpic.cn/sz_mmbiz_png",
                "send_seconds": 0.05, "send_status": "SEND_SUCCESS", "sends_per_day": 0,
                "replay_first": "clientmsgid", "replay_seconds": 0, "confirm_seconds": 0, "confirm_said": "",
                "figures": "ready", "followers": 23000, "callback": "", "callback_token": "",
                "callback_key": "", "callback_as": "honest"}

    # --- state ---

    def clear(self):
        self.materials = {}   # media_id -> entry
        self.drafts = {}      # media_id -> {"articles", "at", "updated"}
        self.jobs = {}        # publish_id -> entry, with "done" when it is over
        self.running = {}     # those that are not over
        self.published = {}   # article_id -> entry
        self.sends = {}       # msg_id -> entry, with "done" and "deleted"
        self.waiting = {}     # those that are not over
        self.tokens = {}      # kind -> {"token", "until", "former", "former_until"}
        self.withdrawn = set()
        self.forced = []
        self.calls = collections.Counter()
        self.serial = 0

    def apply(self, entry):
        op = entry["op"]
        self.serial += 1
        if op == "material":
            self.materials[entry["media_id"]] = entry
        elif op in ("draft_add", "draft_update"):
            former = self.drafts.get(entry["media_id"], entry)
            self.drafts[entry["media_id"]] = {"articles": entry["articles"],
                                              "at": former["at"], "updated": entry["at"]}
        elif op in ("draft_delete", "draft_gone"):
            self.drafts.pop(entry["media_id"], None)
        elif op == "submit":
            self.jobs[entry["publish_id"]] = dict(entry)
            self.running[entry["publish_id"]] = self.jobs[entry["publish_id"]]
        elif op in ("publish", "publish_failed"):
            self.jobs[entry["publish_id"]]["done"] = entry
            del self.running[entry["publish_id"]]
            if op == "publish":
                self.published[entry["id"]] = {**entry, "deleted": set()}
        elif op == "send":
            self.sends[entry["msg_id"]] = {**entry, "done": None, "deleted": False}
            self.waiting[entry["msg_id"]] = self.sends[entry["msg_id"]]
        elif op in ("mass", "mass_failed"):
            self.sends[entry["msg_id"]]["done"] = entry
            del self.waiting[entry["msg_id"]]
        elif op == "mass_delete":
            self.sends[entry["msg_id"]]["deleted"] = True
        elif op == "delete":
            article = self.published[entry["id"]]
            everything = range(1, len(article["articles"]) + 1)
            article["deleted"] |= set([entry["index"]] if entry["index"] else everything)

    def settle(self):
        """Ends the jobs whose time has come."""
        for publish_id, job in list(self.running.items()):
            if self.now() < job["ready_at"]:
                continue
            base = {"publish_id": publish_id, "media_id": job["media_id"], "status": job["status"]}
            if job["status"] == 0:
                article_id = self.new_id("ART")
                self.commit({"op": "publish", "id": article_id, **base,
                             "title": job["articles"][0]["title"],
                             "link": job["articles"][0].get("content_source_url", ""),
                             "articles": job["articles"]})
                if job["media_id"] in self.drafts:
                    self.commit({"op": "draft_gone", "media_id": job["media_id"]})
            else:
                self.commit({"op": "publish_failed", **base})
            self.push_publish_event(publish_id)
        for msg_id, job in list(self.waiting.items()):
            if self.now() < job["ready_at"]:
                continue
            sent = job["status"] == "SEND_SUCCESS"
            self.commit({"op": "mass" if sent else "mass_failed", "msg_id": msg_id,
                         "id": msg_id, "status": job["status"], "articles": job["articles"],
                         "title": job["articles"][0]["title"],
                         "link": job["articles"][0].get("content_source_url", "")})
            if job["media_id"] in self.drafts:
                self.commit({"op": "draft_gone", "media_id": job["media_id"]})
            self.push_mass_event(msg_id)

    def new_id(self, kind):
        digest = hashlib.sha256(f"{kind}{self.serial}{self.now()}".encode()).hexdigest()
        return f"{kind}_{self.serial}_{digest[:24]}"

    def control(self, request):
        self.settle()
        if (request.method, request.path) == ("POST", "/_stub/token"):
            slot = self.tokens.get("stable")
            if slot and json.loads(request.body)["do"] == "withdraw":
                self.withdrawn.add(slot["token"])
            elif slot:
                slot["until"] = 0
            return Reply({"had_token": slot is not None})
        reply = super().control(request)
        self.journal.sync()
        return reply

    # --- replies ---

    def answer(self, content):
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        return Reply(text.encode(), 200, {"Content-Type": "application/json; encoding=utf-8"})

    def error(self, code, words=""):
        rid = "-".join(secrets.token_hex(4) for _ in range(3))
        message = words or MESSAGES.get(code, "error")
        return self.answer({"errcode": code, "errmsg": f"{message} hint: [{rid[:6]}] rid: {rid}"})

    def ok(self, **more):
        return self.answer({"errcode": 0, "errmsg": "ok", **more})

    # --- routes ---

    def routes(self):
        self.route("POST", "/cgi-bin/stable_token", self.stable_token)
        self.route("GET", "/cgi-bin/token", self.legacy_token)
        business = {"media/uploadimg": self.upload_picture,
                    "material/add_material": self.add_material,
                    "material/batchget_material": self.list_materials,
                    "material/del_material": self.delete_material,
                    "draft/add": self.add_draft, "draft/update": self.update_draft,
                    "draft/get": self.get_draft, "draft/delete": self.delete_draft,
                    "draft/batchget": self.list_drafts,
                    "freepublish/submit": self.submit, "freepublish/get": self.get_job,
                    "freepublish/getarticle": self.get_article,
                    "freepublish/batchget": self.list_published,
                    "freepublish/delete": self.delete_published,
                    "message/mass/sendall": self.send_to_all,
                    "message/mass/get": self.get_mass,
                    "message/mass/delete": self.delete_mass,
                    "openapi/quota/get": self.quota}
        for path, handler in business.items():
            self.route("POST", "/cgi-bin/" + path, self.guarded(handler))
        for path, handler in {"getusercumulate": self.cumulate,
                              "getbizsummary": self.summary}.items():
            self.route("POST", "/datacube/" + path, self.guarded(handler))
        reading = {"draft/count": lambda _: self.answer({"total_count": len(self.drafts)}),
                   "material/get_materialcount": self.count_materials,
                   "getcallbackip": lambda _: self.answer({"ip_list": ["101.226.103.0/25"]})}
        for path, handler in reading.items():
            self.route("GET", "/cgi-bin/" + path, self.guarded(handler))
            self.route("POST", "/cgi-bin/" + path, self.guarded(handler))

    def not_found(self, request):
        if request.path.startswith(("/cgi-bin/", "/datacube/")):
            return self.error(43002)
        return Reply("<html>404</html>", 404)

    def guarded(self, handler):
        def checked(request):
            self.settle()
            code = self.token_trouble(request) or self.quota_trouble(request)
            certified = self.options["profile"] == "certified"
            if not code and not certified and re.search(
                    "/(freepublish|message/mass|datacube)/", request.path):
                code = 48001
            if not code and not request.files and request.method == "POST":
                code = self.body_trouble(request)
            if not code and self.options["next_error"]:
                code, self.options["next_error"] = self.options["next_error"], 0
            if code:
                return self.error(code)
            reply = handler(request)
            return self.error(-1) if self.options["busy"] == request.path else reply
        return checked

    def body_trouble(self, request):
        if not isinstance(request.json, dict):
            return 41005 if "upload" in request.path or "add_material" in request.path else 47001
        escaped = re.findall(rb"\\u([0-9a-fA-F]{4})", request.body)
        return 40033 if any(int(digits, 16) >= 0x80 for digits in escaped) else 0

    def quota_trouble(self, request):
        for option, seconds, code in (("calls_per_day", DAY, 45009),
                                      ("calls_per_minute", 60, 45011)):
            most = self.options[option]
            key = (option, request.path, int(self.now() // seconds))
            self.calls[key] += 1
            if most and self.calls[key] > most:
                return code
        return 0

    # --- tokens ---

    def token_trouble(self, request):
        token = request.query.get("access_token", "")
        if not token:
            return 41001
        if self.options["refuse_token"]:
            return self.options["refuse_token"]
        if token in self.withdrawn:
            return 40001
        for slot in self.tokens.values():
            if token == slot["token"]:
                return 0 if self.now() < slot["until"] else 42001
            if token == slot["former"]:
                return 0 if self.now() < slot["former_until"] else 42001
        return 40001

    def credential_trouble(self, appid, secret):
        if self.options["refused_ip"]:
            address = self.options["refused_ip"]
            return self.error(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist")
        if not appid:
            return self.error(41002)
        if not secret:
            return self.error(41004)
        if appid != self.options["appid"]:
            return self.error(40013)
        return None if secret == self.token else self.error(40125)

    def issue(self, kind, overlap):
        former = self.tokens.get(kind)
        self.tokens[kind] = {"token": f"{kind}-{secrets.token_urlsafe(96)}",
                             "until": self.now() + self.options["token_seconds"],
                             "former": former["token"] if former and overlap else "",
                             "former_until": self.now() + OVERLAP}

    def token_reply(self, kind):
        slot = self.tokens[kind]
        return self.answer({"access_token": slot["token"],
                            "expires_in": int(slot["until"] - self.now())})

    def stable_token(self, request):
        if not isinstance(request.json, dict):
            return self.error(47001)
        trouble = self.credential_trouble(request.json.get("appid"), request.json.get("secret"))
        if trouble:
            return trouble
        if request.json.get("grant_type") != "client_credential":
            return self.error(40002)
        slot = self.tokens.get("stable")
        if request.json.get("force_refresh") and slot:
            self.forced = [at for at in self.forced if self.now() - at < DAY]
            if len(self.forced) >= FORCED_PER_DAY:
                return self.error(45009)
            if not self.forced or self.now() - self.forced[-1] >= FORCED_SPACING:
                self.forced.append(self.now())
                self.issue("stable", overlap=False)
        elif not slot or slot["until"] - self.now() < OVERLAP:
            self.issue("stable", overlap=True)
        return self.token_reply("stable")

    def legacy_token(self, request):
        trouble = self.credential_trouble(request.query.get("appid"), request.query.get("secret"))
        if trouble:
            return trouble
        self.issue("legacy", overlap=True)
        return self.token_reply("legacy")

    # --- materials ---

    def upload_picture(self, request):
        media = request.files.get("media")
        if not media:
            return self.error(41005)
        if picture_kind(media.content) not in ("jpg", "png"):
            return self.error(40005)
        if len(media.content) >= 1 << 20:
            return self.error(40009)
        digest = hashlib.sha256(media.content).hexdigest()
        return self.answer({"url": f"{self.options['picture_base']}/{digest[:40]}/0"})

    def add_material(self, request):
        media = request.files.get("media")
        if not media:
            return self.error(41005)
        if not picture_kind(media.content):
            return self.error(40113)
        if len(media.content) > 10 << 20:
            return self.error(40009)
        media_id = self.new_id("MAT")
        url = f"{self.options['picture_base']}/{media_id}/0?wx_fmt={picture_kind(media.content)}"
        self.commit({"op": "material", "media_id": media_id, "name": media.file_name, "url": url,
                     "bytes": len(media.content),
                     "ready_at": self.now() + self.options["material_seconds"]})
        return self.answer({"media_id": media_id, "url": url, "item": []})

    def count_materials(self, _request):
        return self.answer({"voice_count": 0, "video_count": 0,
                            "image_count": len(self.materials), "news_count": 0})

    def list_materials(self, request):
        items = [{"media_id": media_id, "name": entry["name"], "url": entry["url"],
                  "update_time": int(entry["at"])}
                 for media_id, entry in reversed(self.materials.items())]
        return self.page(request, items)

    def delete_material(self, request):
        # Forgotten only in memory: nothing the public sees depends on it.
        gone = self.materials.pop(request.json.get("media_id"), None)
        return self.ok() if gone else self.error(40007)

    def page(self, request, items):
        offset, count = request.json.get("offset", 0), request.json.get("count", 0)
        if not isinstance(offset, int) or not isinstance(count, int) or not 1 <= count <= 20:
            return self.error(40097)
        if not items:
            return self.answer({"item": [], "total_count": 0})
        if self.options["list_order"] == "oldest":
            items.reverse()
        part = items[offset:offset + count]
        return self.answer({"total_count": len(items), "item_count": len(part), "item": part})

    # --- drafts ---

    def article_trouble(self, article):
        if not isinstance(article, dict) or not article.get("title"):
            return 44003
        if len(article["title"]) > 32:
            return 45003
        if len(article.get("digest", "")) > 120:
            return 45004
        if not article.get("content"):
            return 44004
        if len(article["content"]) >= self.options["content_limit"]:
            return 45002
        link = article.get("content_source_url", "")
        local = re.match(r"https?://(localhost|127\.)", link)
        if link and (not re.match(r"https?://", link) or len(link.encode()) > 1024
                     or (local and self.options["refuse_local_links"])):
            return 41039
        cover = self.materials.get(article.get("thumb_media_id"))
        if not cover or self.now() < cover["ready_at"]:
            return 40007
        return 0

    def stored(self, article):
        kept = {"author": "", "digest": "", "content_source_url": "", "need_open_comment": 0,
                "only_fans_can_comment": 0, **article}
        kept["content"] = rewritten(article["content"])
        kept["digest"] = kept["digest"] or re.sub(r"<[^>]*>", "", kept["content"])[:54]
        kept["thumb_url"] = self.materials[article["thumb_media_id"]]["url"]
        kept["show_cover_pic"] = 0
        return kept

    def add_draft(self, request):
        articles = request.json.get("articles")
        if not isinstance(articles, list) or not articles:
            return self.error(44003)
        if len(articles) > 8:
            return self.error(45008)
        for article in articles:
            code = self.article_trouble(article)
            if code:
                return self.error(code)
        media_id = self.new_id("DRAFT")
        self.commit({"op": "draft_add", "media_id": media_id,
                     "articles": [self.stored(article) for article in articles]})
        return self.answer({"media_id": media_id, "item": []})

    def update_draft(self, request):
        draft = self.drafts.get(request.json.get("media_id"))
        article, index = request.json.get("articles"), request.json.get("index", 0)
        if not draft or self.article_trouble(article):
            return self.error(40007)
        if not isinstance(index, int) or not 0 <= index < len(draft["articles"]):
            return self.error(40114)
        articles = list(draft["articles"])
        articles[index] = self.stored(article)
        self.commit({"op": "draft_update", "media_id": request.json["media_id"],
                     "articles": articles})
        return self.ok()

    def draft_news(self, media_id, draft, no_content=False):
        news = [{**article, "url": f"http://mp.weixin.qq.com/s?__biz=STUB&tempkey={media_id}"}
                for article in draft["articles"]]
        return self.without_content(news, no_content)

    def without_content(self, news, no_content):
        if no_content:
            for article in news:
                article.pop("content", None)
        return news

    def get_draft(self, request):
        media_id = request.json.get("media_id")
        draft = self.drafts.get(media_id)
        if not draft:
            return self.error(40007)
        return self.answer({"news_item": self.draft_news(media_id, draft),
                            "create_time": int(draft["at"]), "update_time": int(draft["updated"])})

    def delete_draft(self, request):
        media_id = request.json.get("media_id")
        if media_id not in self.drafts:
            return self.error(40007)
        self.commit({"op": "draft_delete", "media_id": media_id})
        return self.ok()

    def list_drafts(self, request):
        brief = request.json.get("no_content") == 1
        items = [{"media_id": media_id,
                  "content": {"news_item": self.draft_news(media_id, draft, brief),
                              "create_time": int(draft["at"]),
                              "update_time": int(draft["updated"])},
                  "update_time": int(draft["updated"])}
                 for media_id, draft in reversed(self.drafts.items())]
        return self.page(request, items)

    # --- publishing ---

    def submit(self, request):
        media_id = request.json.get("media_id")
        draft = self.drafts.get(media_id)
        running = any(job["media_id"] == media_id for job in self.running.values())
        if not draft or (running and self.options["resubmit"] == "refuse"):
            return self.error(40007)
        publish_id = str(2247483650 + len(self.jobs))
        self.commit({"op": "submit", "publish_id": publish_id, "media_id": media_id,
                     "articles": draft["articles"], "status": self.options["publish_status"],
                     "ready_at": self.now() + self.options["publish_seconds"]})
        if self.options["draft_leaves"] == "submit":
            self.commit({"op": "draft_gone", "media_id": media_id})
        self.later(self.settle_later(self.options["publish_seconds"]))
        shown = int(publish_id) if self.options["number_ids"] else publish_id
        return self.ok(publish_id=shown, msg_data_id=shown)

    async def settle_later(self, seconds):
        await asyncio.sleep(seconds + 0.01)
        self.settle()
        self.journal.sync()

    def article_url(self, article_id, index):
        return f"http://mp.weixin.qq.com/s/{article_id}-{index}"

    def get_job(self, request):
        publish_id = str(request.json.get("publish_id", ""))
        job = self.jobs.get(publish_id)
        if not job:
            return self.error(40002, "invalid argument")
        shown = int(publish_id) if self.options["number_ids"] else publish_id
        done = job.get("done")
        reply = {"publish_id": shown, "publish_status": done["status"] if done else 1,
                 "fail_idx": []}
        if done and done["status"] in (2, 4):
            reply["fail_idx"] = [1]
        if done and done["status"] == 0:
            article = self.published[done["id"]]
            urls = [{"idx": i + 1, "article_url": self.article_url(done["id"], i + 1)}
                    for i in range(len(article["articles"]))]
            gone = len(article["deleted"]) == len(article["articles"])
            reply["publish_status"] = self.options["later_status"] or (5 if gone else 0)
            reply["article_id"] = done["id"]
            reply["article_detail"] = {"count": len(urls), "item": urls}
        return self.answer(reply)

    def published_news(self, article_id, entry, no_content=False):
        news = [{**article, "url": self.article_url(article_id, i + 1),
                 "is_deleted": i + 1 in entry["deleted"]}
                for i, article in enumerate(entry["articles"])]
        return self.without_content(news, no_content)

    def get_article(self, request):
        article_id = request.json.get("article_id")
        entry = self.published.get(article_id)
        if not entry:
            return self.error(53600)
        return self.answer({"news_item": self.published_news(article_id, entry),
                            "create_time": int(entry["at"]), "update_time": int(entry["at"])})

    def list_published(self, request):
        brief = request.json.get("no_content") == 1
        items = [{"article_id": article_id,
                  "content": {"news_item": self.published_news(article_id, entry, brief),
                              "create_time": int(entry["at"]), "update_time": int(entry["at"])},
                  "update_time": int(entry["at"])}
                 for article_id, entry in reversed(self.published.items())]
        return self.page(request, items)

    def delete_published(self, request):
        entry = self.published.get(request.json.get("article_id"))
        index = request.json.get("index", 0)
        if not entry:
            return self.error(53600)
        if not isinstance(index, int) or not 0 <= index <= len(entry["articles"]):
            return self.error(40114)
        self.commit({"op": "delete", "id": entry["id"], "index": index})
        return self.ok()

    def quota(self, request):
        path = str(request.json.get("cgi_path", ""))
        if not path.startswith("/cgi-bin/"):
            return self.error(76021)
        most = self.options["calls_per_day"] or 10000
        used = self.calls[("calls_per_day", path, int(self.now() // DAY))]
        return self.ok(quota={"daily_limit": most, "used": used, "remain": max(0, most - used)},
                       rate_limit={"call_count": 0, "refresh_second": 60})


if __name__ == "__main__":
    Wechat.main()
