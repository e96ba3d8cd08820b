"""An Anthias player as far as Liandong uses it: /api/v2/assets (contract: display.md 4.2).

`--set auth=true` asks for HTTP Basic, user `liandong` and `--token` as the password. `--set status=N`
answers that instead of a new asset. Like the player it knows no key of the caller: whoever posts twice has
two assets.
"""

import base64
import datetime
import sys
import uuid

from stub_server import Reply, Stub

NEEDED = ("name", "uri", "mimetype", "start_date", "end_date", "duration", "is_enabled")


class Anthias(Stub):
    """A stand-in for the player."""

    name = "anthias"
    defaults = {"auth": False, "status": 0}

    def clear(self):
        self.assets = {}

    def routes(self):
        for method, path, handler in (("GET", "/api/v2/assets", self.listed),
                                      ("POST", "/api/v2/assets", self.create),
                                      ("PATCH", "/api/v2/assets/:id", self.edit),
                                      ("DELETE", "/api/v2/assets/:id", self.delete)):
            self.route(method, path, self.authorised(handler))

    def apply(self, entry):
        if entry["op"] == "delete":
            del self.assets[entry["id"]]
        else:
            self.assets[entry["id"]] = entry["asset"]

    def authorised(self, handler):
        def guarded(request):
            wanted = "Basic " + base64.b64encode(f"liandong:{self.token}".encode()).decode()
            if self.options["auth"] and request.headers.get("authorization") != wanted:
                return Reply({"detail": "Authentication credentials were not provided."}, 401,
                             {"WWW-Authenticate": "Basic realm=\"Anthias\""})
            return handler(request)
        return guarded

    @staticmethod
    def complaint(asset):
        for name in NEEDED:
            if name not in asset:
                return {name: ["This field is required."]}
        if not str(asset["uri"]).startswith(("http://", "https://")):
            return {"uri": ["Enter a valid URL."]}
        if not 0 <= asset["duration"] <= 31536000:
            return {"duration": ["Ensure this value is less than or equal to 31536000."]}
        for name in ("start_date", "end_date"):
            try:
                datetime.datetime.fromisoformat(asset[name].replace("Z", "+00:00"))
            except ValueError:
                return {name: ["Datetime has wrong format."]}
        return None

    def listed(self, _request):
        return list(self.assets.values())

    def create(self, request):
        if self.options["status"]:
            return Reply({"detail": "no"}, self.options["status"])
        asset = request.json if isinstance(request.json, dict) else {}
        complaint = self.complaint(asset)
        if complaint:
            return Reply(complaint, 400)
        number = uuid.uuid4().hex
        return Reply(self.write("publish", {**asset, "asset_id": number}), 201)

    def edit(self, request):
        asset = self.assets.get(request.params["id"])
        if asset is None:
            return Reply({"detail": "No Asset matches the given query."}, 404)
        changed = {**asset, **request.json}
        complaint = self.complaint(changed)
        if complaint:
            return Reply(complaint, 400)
        return self.write("edit", changed)

    def write(self, op, asset):
        shown = {**asset, "is_active": True, "is_processing": False, "nocache": False, "play_order": 0,
                 "skip_asset_check": False}
        self.commit({"op": op, "id": asset["asset_id"], "title": asset["name"], "asset": shown})
        return shown

    def delete(self, request):
        if request.params["id"] not in self.assets:
            return Reply({"detail": "No Asset matches the given query."}, 404)
        self.commit({"op": "delete", "id": request.params["id"]})
        return Reply(b"", 204)


if __name__ == "__main__":
    sys.exit(Anthias.main())
