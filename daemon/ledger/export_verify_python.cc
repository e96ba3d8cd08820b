#include "daemon/ledger/export_files.h"

namespace liandong {

const std::string_view kExportVerifyPython = R"python(#!/usr/bin/env python3
"""核对本目录。Checks this folder with Python's standard library alone (3.7 or newer).

    python3 verify.py [PUBLIC-KEY.pem]

Give the public key you were handed by another way than this folder: without it the check says that
the folder is consistent, not who signed it. Exit code 0: intact; 1: not intact; 2: cannot check.
"""
import base64
import hashlib
import json
import os
import re
import sys

SEGMENT_LINES = 65536
MAX_LINE = 16384
MAX_INTEGER = 2**53 - 1
PEM_PREFIX = bytes.fromhex("302a300506032b6570032100")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z", re.ASCII)
HEX = re.compile(r"[0-9a-f]{64}\Z")


class NotIntact(Exception):
    pass


def require(good, message):
    if not good:
        raise NotIntact(message)


# Entry 0 says what everything is hashed with.
HASH = "sha256"
SUMS = {"sha256": "SHA256SUMS", "sm3": "SM3SUMS"}


def new_hash():
    return hashlib.new(HASH)


def digest(data):
    found = new_hash()
    found.update(data)
    return found.digest()


def take_hash():
    global HASH
    with open("segments/seg-000000.jsonl", "rb") as file:
        try:
            named = json.loads(file.readline(MAX_LINE + 2).decode("utf-8")).get("hash")
        except (ValueError, AttributeError, RecursionError):
            return  # which is said when the line is checked
    HASH = named if named in SUMS else HASH
    try:
        new_hash()
    except ValueError:
        print("此 Python 不支持 SM3,请用 verify.sh: this Python has no %s, use verify.sh" % HASH, file=sys.stderr)
        sys.exit(2)


# --- Ed25519 verification, RFC 8032 5.1.7
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    return ((f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P)


def multiply(scalar, point):
    total = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_good(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decode_point(public), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add(r, multiply(h, a))
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0
            and (left[1] * right[2] - right[1] * left[2]) % P == 0)


# --- entries
def integer(text):
    value = int(text)
    require(abs(value) <= MAX_INTEGER, "an integer beyond 2^53-1")
    return value


def no_number(text):
    raise NotIntact("a number that is not an integer: " + text)


def check_value(value):
    if isinstance(value, dict):
        for name, member in value.items():
            require(NAME.match(name), "a member name that is not allowed")
            check_value(member)
    elif isinstance(value, list):
        for member in value:
            check_value(member)
    elif isinstance(value, str):
        require("\0" not in value and "\x7f" not in value, "a forbidden character")


def parse_entry(line):
    require(len(line) <= MAX_LINE, "longer than 16384 bytes")
    try:
        entry = json.loads(line.decode("utf-8"), parse_int=integer, parse_float=no_number,
                           parse_constant=no_number)
        check_value(entry)
        canonical = json.dumps(entry, sort_keys=True, ensure_ascii=False,
                               separators=(",", ":")).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise NotIntact("not JSON: %s" % error) from error
    require(canonical == line, "not canonical JSON")
    require(isinstance(entry, dict), "not an object")
    require(entry.get("v") == 1 and entry["v"] is not True, "v is not 1")
    require(type(entry.get("seq")) is int and entry["seq"] >= 0, "seq is not a number")
    for name, pattern in (("prev", HEX), ("ts", TIME)):
        require(isinstance(entry.get(name), str) and pattern.match(entry[name]), name + " is wrong")
    for name in ("event", "actor"):
        require(isinstance(entry.get(name), str) and entry[name], name + " is missing")
    return entry


def named_key(entry):
    keys = entry.get("keys")
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and key.get("algorithm") == "ed25519":
            return decode_base64(key.get("public"))
    return b""


def decode_base64(text):
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        return b""


# --- tree: `edge` holds the roots of the complete subtrees, largest first
def append_leaf(edge, size, leaf):
    while size & 1:
        leaf = digest(b"\x01" + edge.pop() + leaf)
        size >>= 1
    edge.append(leaf)


def root_of(edge):
    if not edge:
        return digest(b"")
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = digest(b"\x01" + left + root)
    return root


# --- checkpoints
def split_note(path):
    with open(path, "rb") as file:
        data = file.read(65537)
    text, blank, signatures = data.partition(b"\n\n")
    lines = text.split(b"\n")
    require(blank and len(data) <= 65536 and len(lines) == 3, path + ": not a checkpoint")
    require(re.match(rb"(0|[1-9][0-9]{0,18})\Z", lines[1]), path + ": the size is wrong")
    size = int(lines[1])
    require(os.path.basename(path) == "checkpoint-%d.txt" % size, path + ": not of this size")
    return size, lines[0], lines[2], text + b"\n", signatures


def check_note(path, origin, key, root):
    _, name, stated_root, text, signatures = split_note(path)
    require(name == origin, path + ": of another ledger")
    key_id = digest(origin + b"\n\x01" + key)[:4]
    good = False
    for line in signatures.split(b"\n"):
        parts = line.split(b" ")
        if len(parts) != 3 or parts[0] != "\u2014".encode() or parts[1] != origin:
            continue
        data = decode_base64(parts[2])
        if data[:4] == key_id:
            good = ed25519_good(key, text, data[4:])
            require(good, path + ": the signature is wrong")
    require(good, path + ": no signature by the key of this ledger")
    require(decode_base64(stated_root) == root, path + ": another root: an entry was changed")


# --- the folder
def check_sums():
    sums, listing = {}, SUMS[HASH]
    with open(listing, encoding="utf-8", newline="\n") as file:
        for line in file:
            require(re.match(r"[0-9a-f]{64}  [^/\n][^\n]*\n\Z", line), listing + ": a wrong line")
            sums[line[66:-1]] = line[:64]
    for path, expected in sums.items():
        require(".." not in path.split("/"), listing + ": a path outside of this folder")
        require(os.path.isfile(path), path + " is missing")
        found = new_hash()
        with open(path, "rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                found.update(chunk)
        require(found.hexdigest() == expected, path + ": another hash than in " + listing)
    for folder in ("segments", "checkpoints", "keys"):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            require(folder + "/" + name in sums, folder + "/" + name + " is not in " + listing)


def read_lines():
    names = sorted(os.listdir("segments"))
    for number, name in enumerate(names):
        require(name == "seg-%06d.jsonl" % number, "segments/" + name + ": wrong name")
        count = 0
        with open("segments/" + name, "rb") as file:
            while True:
                line = file.readline(MAX_LINE + 2)
                if not line:
                    break
                require(line.endswith(b"\n"), name + ": a line too long or without line feed")
                count += 1
                yield line[:-1]
        require(count == SEGMENT_LINES or (number + 1 == len(names) and 0 < count < SEGMENT_LINES),
                "%s has %d lines" % (name, count))


class Ledger:
    def __init__(self, key):
        self.size, self.edge, self.prev = 0, [], "0" * 64
        # `key` signs now; a rotation names the next, which the old key's next checkpoint vouches for.
        self.origin, self.given, self.given_signed = b"", key, False
        self.keys, self.next_key = [], b""
        self.segment, self.last_segment = new_hash(), ""

    def add(self, line):
        seq = self.size
        entry = parse_entry(line)
        require(entry["seq"] == seq, "found seq %d: one is missing or out of place" % entry["seq"])
        require(entry["prev"] == self.prev, "does not continue the one before it; one was changed")
        require((entry["event"] == "genesis") == (seq == 0), "genesis is not entry 0")
        if seq == 0:
            require(isinstance(entry.get("origin"), str) and entry["origin"], "no origin")
            require(entry.get("hash") == HASH, "a hash that is not known here")
            self.origin = entry["origin"].encode()
        if entry["event"] in ("genesis", "key.rotated"):
            key = named_key(entry)
            require(not key or not self.next_key, "names a further key before one was vouched for")
            if key and not self.keys:
                self.keys = [key]
            elif key and key != self.keys[-1]:
                self.next_key = key
        if entry["event"] == "segment.sealed":
            require(entry.get("segment") == seq // SEGMENT_LINES - 1
                    and entry.get(HASH) == self.last_segment, "seals another segment")
        append_leaf(self.edge, seq, digest(b"\x00" + line))
        self.prev = digest(line).hex()
        self.segment.update(line + b"\n")
        self.size += 1
        if self.size % SEGMENT_LINES == 0:
            self.last_segment, self.segment = self.segment.hexdigest(), new_hash()


    @property
    def key(self):
        return self.keys[-1] if self.keys else self.given

    def signed(self):
        self.given_signed = self.given_signed or self.key == self.given
        if self.next_key:
            self.keys.append(self.next_key)
            self.next_key = b""


def public_key(path):
    with open(path, encoding="ascii") as file:
        lines = file.read().split()
    data = decode_base64("".join(lines[3:-3]))
    return data[12:] if data[:12] == PEM_PREFIX and len(data) == 44 else b""


def check_folder(given):
    take_hash()
    check_sums()
    notes = {}
    for name in os.listdir("checkpoints") if os.path.isdir("checkpoints") else []:
        if name.endswith(".txt"):
            notes[split_note("checkpoints/" + name)[0]] = "checkpoints/" + name
    ledger = Ledger(given)
    newest = 0
    for line in read_lines():
        try:
            ledger.add(line)
        except NotIntact as error:
            raise NotIntact("entry %d: %s" % (ledger.size, error)) from error
        if ledger.size in notes:
            check_note(notes[ledger.size], ledger.origin, ledger.key, root_of(ledger.edge))
            ledger.signed()
            newest = ledger.size
    require(ledger.size > 0, "the ledger is empty")
    for size in notes:
        require(0 < size <= ledger.size, "the ledger ends after %d entries, but a checkpoint is of %d: "
                "entries are missing" % (ledger.size, size))
    require(not given or not ledger.keys or given == ledger.keys[0] or ledger.given_signed,
            "the key you gave is not entry 0's and signed no checkpoint")
    for name in os.listdir("keys") if os.path.isdir("keys") else []:
        require(public_key("keys/" + name) in (ledger.keys or [ledger.key]), "keys/" + name + " is another key")
    print("完整 INTACT: %d 条记录 entries, %d 个检查点 checkpoints, 已签名到 signed up to %d"
          % (ledger.size, len(notes), newest))
    print("标识 origin: " + ledger.origin.decode())
    print("根 root: " + root_of(ledger.edge).hex())
    key = base64.b64encode(given or ledger.key).decode() or "none"
    print(("公钥由您提供 checked with the key you gave: " if given else
           "公钥取自本目录,未与外部核对 the key is this folder's own word: ") + key)


def main():
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
        sys.stderr.reconfigure(encoding="utf-8")
    try:
        given = public_key(sys.argv[1]) if len(sys.argv) > 1 else b""
        if len(sys.argv) > 1 and not given:
            print("不是公钥 not an Ed25519 public key: " + sys.argv[1], file=sys.stderr)
            return 2
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        check_folder(given)
    except NotIntact as error:
        print("不完整 NOT INTACT: %s" % error, file=sys.stderr)
        return 1
    except (OSError, UnicodeError) as error:
        print("不完整 NOT INTACT: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
)python";

}  // namespace liandong
