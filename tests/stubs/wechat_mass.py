"""Mass-sending and statistics of the WeChat stand-in (contracts/wechat.md 2.4, 2.6), and the platform's
words for its codes."""

import datetime

MESSAGES = {
    -1: "system error", 40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type", 40005: "invalid file type", 40007: "invalid media_id",
    40009: "invalid image size", 40013: "invalid appid", 40014: "invalid access_token",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail",
    40097: "invalid args", 40113: "unsupported file type", 40114: "invalid index value",
    40125: "invalid appsecret", 41001: "access_token missing", 41002: "appid missing",
    41004: "appsecret missing", 41005: "media data missing", 41039: "invalid content_source_url",
    42001: "access_token expired", 43002: "require POST method",
    44003: "empty news data", 44004: "empty content", 45002: "content size out of limit",
    45003: "title size out of limit", 45004: "description size out of limit",
    45008: "article size out of limit", 45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, mustslower, retry next minute",
    47001: "data format error", 48001: "api unauthorized", 53600: "Article ID invalid",
    40059: "invalid msg id", 40060: "invalid article idx", 40152: "invalid tagid",
    45028: "has no masssend quota", 45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast", 45067: "clientmsgid length out of limit",
    47009: "api offline", 61500: "date format error", 61501: "date range error",
    61503: "data is not ready", 89504: "waiting for the administrator", 76021: "cgi_path not found"}
DAY = 86400


class MassSending:
    """For Wechat: its drafts, options, clock and replies."""

    # --- mass-sending ---

    def send_trouble(self, body, draft):
        key = body.get("clientmsgid", "")
        if len(key.encode()) > 32:
            return 45067, {}
        known = next((job for job in self.sends.values() if job["clientmsgid"] == key and
                      self.now() - job["at"] < DAY), None) if key else None
        if known and self.now() - known["at"] < self.options["replay_seconds"]:
            return 45066, {}
        gone = 40007 if not draft else 0
        if known and (not gone or self.options["replay_first"] == "clientmsgid"):
            return 45065, {"msg_id": known["shown"]}
        today = [job for job in self.sends.values() if self.now() - job["at"] < DAY]
        if not gone and 0 < self.options["sends_per_day"] <= len(today):
            return 45028, {}
        return gone, {}

    def send_to_all(self, request):
        body = request.json
        draft = self.drafts.get((body.get("mpnews") or {}).get("media_id"))
        chosen = body.get("filter") or {}
        if body.get("msgtype") != "mpnews" or not isinstance(chosen.get("is_to_all"), bool):
            return self.error(40097)
        if not chosen["is_to_all"] and not isinstance(chosen.get("tag_id"), int):
            return self.error(40152)
        code, more = self.send_trouble(body, draft)
        if code:
            return self.answer({"errcode": code, "errmsg": MESSAGES[code], **more})
        msg_id = str(3147483730 + len(self.sends))
        shown = int(msg_id) if self.options["number_ids"] else msg_id
        seconds = self.options["send_seconds"]
        self.commit({"op": "send", "msg_id": msg_id, "shown": shown,
                     "media_id": body["mpnews"]["media_id"], "tag": chosen.get("tag_id", 0),
                     "clientmsgid": body.get("clientmsgid", ""), "articles": draft["articles"],
                     "status": self.options["send_status"], "ready_at": self.now() + seconds,
                     "confirmed_at": self.now() + self.options["confirm_seconds"]})
        self.later(self.settle_later(seconds))
        if self.options["confirm_said"]:
            job = {"msg_id": shown} if self.options["confirm_said"] == "named" else {}
            return self.answer({"errcode": 89504, "errmsg": MESSAGES[89504], **job})
        return self.answer({"errcode": 0, "errmsg": "send job submission success",
                            "msg_id": shown, "msg_data_id": 206227730 + len(self.sends)})

    def get_mass(self, request):
        job = self.sends.get(str(request.json.get("msg_id", "")))
        if not job:
            return self.error(40059)
        if self.now() < job["confirmed_at"]:
            return self.error(89504)
        status = job["done"]["status"] if job["done"] else "SENDING"
        return self.answer({"msg_id": job["shown"],
                            "msg_status": "DELETE" if job["deleted"] else status})

    def delete_mass(self, request):
        job = self.sends.get(str(request.json.get("msg_id", "")))
        if not job or not job["done"]:
            return self.error(40059)
        index = request.json.get("article_idx", 0)
        if not isinstance(index, int) or not 0 <= index <= len(job["articles"]):
            return self.error(40060)
        self.commit({"op": "mass_delete", "msg_id": job["msg_id"], "index": index})
        return self.ok()

    # --- figures ---

    def days(self, request, most):
        """The days asked for, or an errcode."""
        try:
            first, last = (datetime.date.fromisoformat(request.json.get(name, ""))
                           for name in ("begin_date", "end_date"))
        except ValueError:
            return 61500
        today = (datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc) +
                 datetime.timedelta(hours=8)).date()
        count = (last - first).days + 1
        if not 1 <= count <= most or last >= today:
            return 61501
        if self.options["figures"] == "late":
            return 61503
        return [str(first + datetime.timedelta(days=i)) for i in range(count)]

    def cumulate(self, request):
        days = self.days(request, 7)
        if isinstance(days, int):
            return self.error(days)
        return self.answer({"list": [{"ref_date": day, "user_source": 0,
                                      "cumulate_user": self.options["followers"] + i}
                                     for i, day in enumerate(days)]})

    def summary(self, request):
        if self.options["figures"] == "offline":
            return self.error(47009)
        days = self.days(request, 30)
        if isinstance(days, int):
            return self.error(days)
        return self.answer({"list": [{"ref_date": day, "read_user": 100 + i, "share_user": 7,
                                      "zaikan_user": 1, "like_user": 3, "comment_count": 2,
                                      "collection_user": 1} for i, day in enumerate(days)],
                            "is_delay": False})
