"""A Xibo CMS as far as Liandong uses it: tokens, one data set, collectNow (contract: display.md 4.1).

`--token` is the client secret; the client id is `liandong`. Options: `columns` of the data set, blank
separated; `data_set` its id; `token_seconds`; `forgets_tokens` refuses every token given out before now
(POST /_stub/options); `status` answers that instead of an import, with `message`.
"""

import secrets
import sys

from stub_server import Reply, Stub


class Xibo(Stub):
    """A stand-in for the CMS. A row is published when its key is new, edited when it is known."""

    name = "xibo"
    defaults = {"columns": "liandong_id title text link kind source date until", "data_set": 7,
                "display_group": 3, "token_seconds": 3600, "forgets_tokens": False, "status": 0,
                "message": "This Display is not authorised"}

    def clear(self):
        self.rows = {}  # by the CMS's own id
        self.collected = 0

    def routes(self):
        self.tokens = {}
        self.route("POST", "/api/authorize/access_token", self.issue)
        for method, path, handler in (
            ("POST", "/api/dataset/importjson/:set", self.import_json),
            ("GET", "/api/dataset/data/:set", self.data),
            ("GET", "/api/dataset/:set/column", self.columns),
            ("DELETE", "/api/dataset/data/:set/:row", self.delete),
            ("POST", "/api/displaygroup/:group/action/collectNow", self.collect),
        ):
            self.route(method, path, self.authorised(handler))

    def apply(self, entry):
        if entry["op"] in ("publish", "edit"):
            self.rows[entry["row"]] = entry["values"]
        elif entry["op"] == "delete":
            del self.rows[entry["row"]]
        elif entry["op"] == "collect":
            self.collected += 1

    @staticmethod
    def error(status, message):
        return Reply({"error": {"message": message, "code": status, "data": []}}, status)

    def issue(self, request):
        if request.form.get("grant_type") != "client_credentials":
            return Reply({"error": "unsupported_grant_type"}, 400)
        if (request.form.get("client_id"), request.form.get("client_secret")) != ("liandong", self.token):
            return Reply({"error": "invalid_client", "message": "Client authentication failed"}, 401)
        token = secrets.token_urlsafe(32)
        self.tokens[token] = self.now() + self.options["token_seconds"]
        return {"token_type": "Bearer", "expires_in": self.options["token_seconds"], "access_token": token}

    def authorised(self, handler):
        def guarded(request):
            if self.options["forgets_tokens"]:
                self.tokens.clear()
                self.options["forgets_tokens"] = False
            if self.tokens.get(request.bearer(), 0) < self.now():
                return self.error(401, "The resource owner or authorization server denied the request.")
            if "set" in request.params and request.params["set"] != str(self.options["data_set"]):
                return self.error(404, "DataSet not found")
            return handler(request)
        return guarded

    def import_json(self, request):
        if self.options["status"]:
            return self.error(self.options["status"], self.options["message"])
        content = request.json if isinstance(request.json, dict) else {}
        if "rows" not in content or "uniqueKeys" not in content:
            return self.error(422, "Malformed JSON body, rows and uniqueKeys are required")
        known = self.options["columns"].split()
        acted = False
        for wanted in content["rows"]:
            values = {name: str(value) for name, value in wanted.items() if name in known}
            if not values:
                continue
            acted = True
            keys = [name for name in content["uniqueKeys"] if name in values]
            same = [number for number, row in self.rows.items()
                    if keys and all(row.get(name) == values[name] for name in keys)]
            for number in same:
                self.write("edit", number, {**self.rows[number], **values})
            if not same:
                self.write("publish", max(self.rows, default=0) + 1, values)
        return Reply(b"", 204) if acted else self.error(404, "No data found in request body")

    def write(self, op, number, values):
        self.commit({"op": op, "id": values.get("liandong_id", ""), "row": number,
                     "title": values.get("title", ""), "values": values})

    def data(self, request):
        known = self.options["columns"].split()
        wanted = {name: part for name, part in request.query.items() if name in known}
        rows = [{"id": str(number), **{name: row.get(name, "") for name in known}}
                for number, row in self.rows.items()
                if all(part in row.get(name, "") for name, part in wanted.items())]
        start, length = int(request.query.get("start", 0)), int(request.query.get("length", 10))
        return Reply(rows[start:start + length], headers={"X-Total-Count": str(len(rows))})

    def columns(self, _request):
        return [{"dataSetColumnId": number, "heading": heading, "dataTypeId": 1, "dataSetColumnTypeId": 1}
                for number, heading in enumerate(self.options["columns"].split(), 1)]

    def delete(self, request):
        number = int(request.params["row"])
        if number not in self.rows:
            return self.error(404, "Row not found")
        self.commit({"op": "delete", "id": self.rows[number].get("liandong_id", ""), "row": number})
        return Reply(b"", 204)

    def collect(self, request):
        if request.params["group"] != str(self.options["display_group"]):
            return self.error(404, "Display Group not found")
        self.commit({"op": "collect"})
        return Reply(b"", 204)


if __name__ == "__main__":
    sys.exit(Xibo.main())
