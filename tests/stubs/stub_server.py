"""A small HTTP/1.1 server for stand-ins of publishing platforms. Python standard library only.

A stub is a separate process that a crash test never kills. Every visible publication (and edit,
delete) is one JSON line in its journal, fsynced before the reply leaves: the journal is the oracle
of "published exactly once". On restart the state is rebuilt from it.

A platform is a subclass of Stub:

    class Weibo(Stub):
        name = "weibo"
        defaults = {"posts_per_hour": 30}            # options: --set posts_per_hour=5

        def routes(self):
            self.route("POST", "/2/statuses/share.json", self.share)
            self.route("GET", "/api/v1/statuses/:id", self.show)   # request.params["id"]

        def share(self, request):                    # -> Reply | object (sent as JSON)
            self.commit({"op": "publish", "id": ..., "text": request.form["status"]})
            return {"id": ...}

        def apply(self, entry):                      # the only place state changes
            self.posts[entry["id"]] = entry

    if __name__ == "__main__":
        Weibo.main()

`apply` runs for every committed entry and for every line read back at start, so state is a pure
function of the journal. Handlers must not change durable state elsewhere. `self.now()` is the
stub's clock (option `clock_offset`, in seconds, moves it).

Command line: --port N (0: any free one; printed as `listening 127.0.0.1:PORT`), --journal FILE,
--no-fsync, --token TOKEN, --set NAME=VALUE, --quota NAME=VALUE (the same, reads better). Binds
127.0.0.1 only. Ends on SIGTERM and SIGINT.

Control, on the same port:

    POST /_stub/fault    one fault or a list of them; answers the faults now set
    GET  /_stub/journal  every entry, in order
    GET  /_stub/requests what was asked, without tokens (also the requests a fault swallowed)
    GET  /_stub/options, POST /_stub/options {"name": value}
    POST /_stub/reset    forget faults, requests and options; {"journal": true} forgets the posts too

A fault: {"path": "/2/*", "method": "POST", "when": "before"|"after_commit", "do": ..., "count": 1,
"skip": 0, "probability": 1}. `path` may hold `*`; count -1 means for ever; the first fault that fits
is used. `before`: the platform never acts on the request. `after_commit`: it acts, then the answer
suffers. What to do:

    withhold    never answer, keep the connection open
    close       read the whole request, close without a byte (also called read_close)
    reset       the same with a TCP reset
    cut         send the first `bytes` bytes of the whole answer (head and body), then close
    http        answer `status`, `body`, `headers` in place of the real answer
    delay       answer after `seconds`
    drip        answer one byte each `seconds`
"""

import argparse
import asyncio
import collections
import fnmatch
import json
import os
import random
import re
import signal
import socket
import struct
import sys
import time
import urllib.parse

SECRET_NAMES = {"access_token", "token", "secret", "appsecret", "client_secret", "password", "code",
                "refresh_token", "authorization"}
REASONS = {200: "OK", 202: "Accepted", 206: "Partial Content", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           410: "Gone", 413: "Payload Too Large", 422: "Unprocessable Entity",
           429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}
LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 64 * 1024 * 1024


class Upload:
    """One file of a multipart request."""

    __slots__ = ("file_name", "content_type", "content")

    def __init__(self, file_name, content_type, content):
        self.file_name = file_name
        self.content_type = content_type
        self.content = content


class Request:
    """One request: `query`, `form` and `json` are decoded, `files` holds uploads by field name."""

    __slots__ = ("method", "path", "query", "headers", "body", "form", "files", "json", "params",
                 "bad")

    def __init__(self, method, target, headers, body):
        path, _, query = target.partition("?")
        self.method = method
        self.path = urllib.parse.unquote(path) if "%" in path else path
        self.query = parse_form(query)
        self.headers = headers
        self.body = body
        self.form = {}
        self.files = {}
        self.json = None
        self.params = {}
        self.bad = ""  # why the body could not be read
        if body:
            self._read_body(headers.get("content-type", ""))

    def _read_body(self, content_type):
        kind = content_type.partition(";")[0].strip().lower()
        try:
            if kind == "application/x-www-form-urlencoded":
                self.form = parse_form(self.body.decode("utf-8"))
            elif kind == "multipart/form-data":
                match = re.search(r'boundary="?([^";]+)"?', content_type)
                if not match:
                    raise ValueError("no boundary")
                self._read_parts(match.group(1).encode())
            elif kind == "application/json":
                self.json = json.loads(self.body)
        except ValueError as error:
            self.bad = str(error)

    def _read_parts(self, boundary):
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + boundary)
        if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
            raise ValueError("multipart body without its end")
        for piece in pieces[1:-1]:
            head, _, content = piece.partition(b"\r\n\r\n")
            text = head.decode("utf-8")
            name = re.search(r'\bname="([^"]*)"', text)
            if not name:
                raise ValueError("multipart part without a name")
            file_name = re.search(r'\bfilename="([^"]*)"', text)
            kind = re.search(r"(?im)^content-type:\s*(\S+)", text)
            if file_name:
                self.files[name.group(1)] = Upload(file_name.group(1),
                                                   kind.group(1) if kind else "", content)
            else:
                self.form[name.group(1)] = content.decode("utf-8")

    def value(self, name, fallback=None):
        """A parameter wherever it stands: form, query, or member of a JSON object."""
        if name in self.form:
            return self.form[name]
        if name in self.query:
            return self.query[name]
        if isinstance(self.json, dict) and name in self.json:
            return self.json[name]
        return fallback

    def bearer(self):
        """The token of an Authorization header, or an empty text."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    def logged(self):
        """What may be shown of it: no token, no file content."""
        body = self.form or self.json
        return {"method": self.method, "path": self.path, "query": masked(self.query),
                "body": masked(body) if isinstance(body, dict) else None,
                "files": {name: len(file.content) for name, file in self.files.items()},
                "headers": masked(self.headers), "bytes": len(self.body)}


class Reply:
    """An answer: bytes or text as they are, anything else as JSON."""

    __slots__ = ("status", "body", "headers")

    def __init__(self, body=b"", status=200, headers=None):
        self.headers = dict(headers or {})
        if isinstance(body, bytes):
            self.body = body
        elif isinstance(body, str):
            self.body = body.encode()
            self.headers.setdefault("Content-Type", "text/html; charset=utf-8")
        else:
            self.body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            self.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        self.status = status

    def raw(self):
        head = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}",
                f"Content-Length: {len(self.body)}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + self.body


def parse_form(text):
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True, errors="strict")) if text else {}


def masked(values):
    return {name: "***" if name.lower() in SECRET_NAMES else value
            for name, value in values.items()}


def option_value(text):
    """true, 5, 1.5 and null as what they are, anything else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


class Journal:
    """Append-only JSON lines; a torn last line is what a crash left and is dropped."""

    def __init__(self, path, fsync):
        self.entries = []
        self.fsync = fsync
        self.dirty = False
        self.file = None
        if path:
            self.file = open(path, "ab+", buffering=0)
            self._read()

    def _read(self):
        self.file.seek(0)
        whole = self.file.read()
        end = whole.rfind(b"\n") + 1
        self.entries = [json.loads(line) for line in whole[:end].splitlines() if line]
        if end != len(whole):
            self.file.truncate(end)

    def append(self, entry):
        self.entries.append(entry)
        if self.file:
            self.file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            self.dirty = True

    def sync(self):
        if self.dirty and self.fsync:
            os.fsync(self.file.fileno())
        self.dirty = False

    def clear(self):
        self.entries.clear()
        if self.file:
            self.file.truncate(0)
            os.fsync(self.file.fileno())


class Connection(asyncio.Protocol):
    """Reads requests one after the other; the next waits until the former is answered."""

    def __init__(self, stub):
        self.stub = stub
        self.buffer = bytearray()
        self.transport = None
        self.busy = False
        self.continued = False

    def connection_made(self, transport):
        self.transport = transport
        self.stub.connections.add(self)

    def connection_lost(self, _error):
        self.stub.connections.discard(self)

    def data_received(self, data):
        self.buffer += data
        if not self.busy:
            self.read()

    def read(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > LARGEST_HEAD:
                self.transport.abort()
            return
        lines = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        try:
            method, target, _version = lines[0].split(" ")
            headers = {name.strip().lower(): value.strip()
                       for name, value in (line.split(":", 1) for line in lines[1:])}
            body, used = self.body(headers, end + 4)
        except ValueError:
            self.answer(Reply({"error": "bad request"}, 400), last=True)
            return
        if body is None:
            return
        del self.buffer[:used]
        self.busy = True
        self.continued = False
        last = headers.get("connection", "").lower() == "close"
        self.stub.handle(self, Request(method, target, headers, body), last)

    def body(self, headers, start):
        """(body, bytes used), or (None, 0) while it is not complete."""
        if headers.get("expect", "").lower() == "100-continue" and not self.continued:
            self.continued = True
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self.chunked_body(start)
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= LARGEST_BODY:
            raise ValueError("body too large")
        if len(self.buffer) < start + length:
            return None, 0
        return bytes(self.buffer[start:start + length]), start + length

    def chunked_body(self, at):
        body = bytearray()
        while True:
            line_end = self.buffer.find(b"\r\n", at)
            if line_end < 0:
                return None, 0
            size = int(bytes(self.buffer[at:line_end]).partition(b";")[0], 16)
            at = line_end + 2
            if size + len(body) > LARGEST_BODY:
                raise ValueError("body too large")
            if len(self.buffer) < at + size + 2:
                return None, 0
            body += self.buffer[at:at + size]
            at += size + 2
            if size == 0:
                return bytes(body), at

    def answer(self, reply, last):
        if self.transport.is_closing():
            return
        self.transport.write(reply.raw())
        if last:
            self.transport.close()
            return
        self.busy = False
        if self.buffer:
            self.read()

    def reset(self):
        """Closes with RST instead of FIN."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def drip(self, raw, seconds):
        for at in range(len(raw)):
            if self.transport.is_closing():
                return
            self.transport.write(raw[at:at + 1])
            await asyncio.sleep(seconds)
        self.transport.close()


class Stub:
    """Base of every platform stand-in; see the head of this file."""

    name = "stub"
    defaults = {}

    def __init__(self, journal=None, fsync=True, token="stub-token", options=None):
        self.token = token
        self.given = {"clock_offset": 0.0, **self.defaults, **(options or {})}
        self.options = dict(self.given)
        self.faults = []
        self.requests = collections.deque(maxlen=20000)
        self.connections = set()
        self.random = random.Random(1)
        self.plain_routes = {}
        self.pattern_routes = []
        self.outbox = []
        self.tasks = set()
        self.journal = Journal(journal, fsync)
        self.clear()
        for entry in self.journal.entries:
            self.apply(entry)
        self.routes()

    # --- what a platform overrides ---

    def clear(self):
        """Sets the state to that of an empty platform."""

    def routes(self):
        """Calls self.route() for every end point."""

    def apply(self, entry):
        """Changes the state by one journal entry."""

    def not_found(self, request):
        return Reply({"error": "not found", "request": request.path}, 404)

    # --- what a platform calls ---

    def route(self, method, path, handler):
        if ":" in path:
            pattern = re.compile(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", path) + r"\Z")
            self.pattern_routes.append((method, pattern, handler))
        else:
            self.plain_routes[(method, path)] = handler

    def now(self):
        return time.time() + float(self.options["clock_offset"])

    def commit(self, entry):
        """Makes one change visible and durable; the reply waits for the disk."""
        entry = {"at": round(self.now(), 3), **entry}
        self.journal.append(entry)
        self.apply(entry)
        return entry

    # --- requests ---

    def handle(self, connection, request, last):
        if request.path.startswith("/_stub/"):
            self.send(connection, self.control(request), last)
            return
        fault = self.fault_for(request)
        self.requests.append({"at": round(self.now(), 3), **request.logged(),
                              "fault": fault["do"] if fault else None})
        if fault and fault["when"] == "before" and fault["do"] != "delay":
            self.suffer(connection, fault, Reply({"error": "unavailable"}, 503), last)
            return
        if fault and fault["when"] == "before":
            self.later(self.delayed(connection, request, fault, last))
            return
        reply = self.reply_to(request)
        if fault:
            self.journal.sync()
            self.suffer(connection, fault, reply, last)
        else:
            self.send(connection, reply, last)

    def reply_to(self, request):
        handler = self.plain_routes.get((request.method, request.path))
        if handler is None:
            for method, pattern, candidate in self.pattern_routes:
                match = pattern.match(request.path) if method == request.method else None
                if match:
                    request.params = match.groupdict()
                    handler = candidate
                    break
        reply = (handler or self.not_found)(request)
        return reply if isinstance(reply, Reply) else Reply(reply)

    def send(self, connection, reply, last):
        """Replies of one turn of the loop share one fsync."""
        if not self.outbox:
            asyncio.get_running_loop().call_soon(self.flush)
        self.outbox.append((connection, reply, last))

    def flush(self):
        self.journal.sync()
        outbox, self.outbox = self.outbox, []
        for connection, reply, last in outbox:
            connection.answer(reply, last)

    # --- faults ---

    def fault_for(self, request):
        for fault in self.faults:
            if fault["method"] not in ("*", request.method):
                continue
            if not fnmatch.fnmatchcase(request.path, fault["path"]):
                continue
            if fault["skip"] > 0:
                fault["skip"] -= 1
                continue
            if fault["count"] == 0 or self.random.random() >= fault["probability"]:
                continue
            fault["count"] -= 1 if fault["count"] > 0 else 0
            return fault
        return None

    def suffer(self, connection, fault, reply, last):
        do = fault["do"]
        if do in ("close", "read_close"):
            connection.transport.close()
        elif do == "reset":
            connection.reset()
        elif do == "cut":
            connection.transport.write(reply.raw()[:fault["bytes"]])
            connection.transport.close()
        elif do == "http":
            self.send(connection, Reply(fault["body"], fault["status"], fault["headers"]), last)
        elif do == "delay":
            self.later(self.delayed_reply(connection, reply, fault["seconds"], last))
        elif do == "drip":
            self.later(connection.drip(reply.raw(), fault["seconds"]))
        # withhold: the connection stays busy and silent

    async def delayed(self, connection, request, fault, last):
        await asyncio.sleep(fault["seconds"])
        self.send(connection, self.reply_to(request), last)

    async def delayed_reply(self, connection, reply, seconds, last):
        await asyncio.sleep(seconds)
        connection.answer(reply, last)

    def later(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # --- control ---

    def control(self, request):
        action = (request.method, request.path[len("/_stub/"):])
        content = json.loads(request.body) if request.body else {}
        if action == ("POST", "fault"):
            for fault in content if isinstance(content, list) else [content]:
                self.faults.append({"method": "*", "when": "after_commit", "count": 1, "skip": 0,
                                    "probability": 1, "status": 502, "bytes": 20, "seconds": 1,
                                    "body": "<html>502 Bad Gateway</html>", "headers": {}, **fault})
            return Reply(self.faults)
        if action == ("GET", "journal"):
            return Reply(self.journal.entries)
        if action == ("GET", "requests"):
            return Reply(list(self.requests))
        if action == ("GET", "options"):
            return Reply(self.options)
        if action == ("POST", "options"):
            self.options.update(content)
            return Reply(self.options)
        if action == ("POST", "reset"):
            self.faults.clear()
            self.requests.clear()
            self.options = dict(self.given)
            if content.get("journal"):
                self.journal.clear()
                self.clear()
            return Reply({})
        return Reply({"error": "no such control"}, 404)

    # --- running ---

    async def serve(self, port):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), "127.0.0.1", port, backlog=512)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        print(f"listening 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await stop.wait()
        server.close()
        for connection in list(self.connections):
            connection.transport.abort()

    @classmethod
    def main(cls):
        parser = argparse.ArgumentParser(description=cls.__doc__)
        parser.add_argument("--port", type=int, default=0)
        parser.add_argument("--journal")
        parser.add_argument("--no-fsync", action="store_true")
        parser.add_argument("--token", default="stub-token")
        parser.add_argument("--set", "--quota", dest="options", action="append", default=[],
                            metavar="NAME=VALUE", help=f"known: {', '.join(cls.defaults)}")
        arguments = parser.parse_args()
        options = {}
        for option in arguments.options:
            name, _, value = option.partition("=")
            if name not in cls.defaults and name != "clock_offset":
                parser.error(f"unknown option {name}; known: {', '.join(cls.defaults)}")
            options[name] = option_value(value)
        stub = cls(arguments.journal, not arguments.no_fsync, arguments.token, options)
        asyncio.run(stub.serve(arguments.port))
        return 0


if __name__ == "__main__":
    sys.exit(Stub.main())
