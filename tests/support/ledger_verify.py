#!/usr/bin/env python3
"""A second verifier of the ledger, written from the format's description alone.

    ledger_verify.py check LEDGER.jsonl CHECKPOINT KEY.b64   is this ledger what the checkpoint signed?
    ledger_verify.py self-test FOLDER                        the test vectors, and everything that is wrong

It shares no code with the daemon nor with the verify.py of an export: the tree is the recursive
definition of RFC 6962, signatures are checked by the openssl program. Exit code 0: good; 1: not.
"""
import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ZEROS = "0" * 64


class Refused(Exception):
    pass


def refuse_unless(condition, why):
    if not condition:
        raise Refused(why)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- RFC 6962 2.1 by its recursive definition
def leaf_hash(line):
    return sha(b"\x00", line)


def split_at(count):
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def tree_hash(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = split_at(len(leaves))
    return sha(b"\x01", tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def inclusion_path(index, leaves):
    if len(leaves) == 1:
        return []
    k = split_at(len(leaves))
    if index < k:
        return inclusion_path(index, leaves[:k]) + [tree_hash(leaves[k:])]
    return inclusion_path(index - k, leaves[k:]) + [tree_hash(leaves[:k])]


def consistency_path(old, leaves, whole=True):
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split_at(len(leaves))
    if old <= k:
        return consistency_path(old, leaves[:k], whole) + [tree_hash(leaves[k:])]
    return consistency_path(old - k, leaves[k:], False) + [tree_hash(leaves[:k])]


# --- checking proofs: the recursion is walked by size, every hash has to be used exactly once
def root_by_inclusion(leaf, index, size, path):
    if size == 1:
        refuse_unless(not path, "inclusion proof too long")
        return leaf
    refuse_unless(path, "inclusion proof too short")
    k = split_at(size)
    if index < k:
        return sha(b"\x01", root_by_inclusion(leaf, index, k, path[:-1]), path[-1])
    return sha(b"\x01", path[-1], root_by_inclusion(leaf, index - k, size - k, path[:-1]))


def check_inclusion(line, index, size, path, root):
    refuse_unless(0 <= index < size, "index outside of the tree")
    refuse_unless(root_by_inclusion(leaf_hash(line), index, size, path) == root, "wrong root")


def roots_by_consistency(old, size, path, old_root, whole):
    """The (old, new) roots of this subtree."""
    if old == size:
        if whole:
            refuse_unless(not path, "consistency proof too long")
            return old_root, old_root
        refuse_unless(len(path) == 1, "consistency proof of a wrong length")
        return path[0], path[0]
    refuse_unless(path, "consistency proof too short")
    k = split_at(size)
    if old <= k:
        below_old, below = roots_by_consistency(old, k, path[:-1], old_root, whole)
        return below_old, sha(b"\x01", below, path[-1])
    below_old, below = roots_by_consistency(old - k, size - k, path[:-1], old_root, False)
    return sha(b"\x01", path[-1], below_old), sha(b"\x01", path[-1], below)


def check_consistency(old, old_root, size, root, path):
    refuse_unless(0 <= old <= size, "the tree shrank")
    if old == 0:
        refuse_unless(not path and old_root == sha(), "nothing to prove from an empty tree")
        return
    found = roots_by_consistency(old, size, path, old_root, True)
    refuse_unless(found == (old_root, root), "wrong root")


# --- lines
def only_integers(text):
    raise Refused("a float: " + text)


def no_duplicates(pairs):
    refuse_unless(len(dict(pairs)) == len(pairs), "a member twice")
    return dict(pairs)


def render(value):
    """Writes a value again, by hand, as the format says."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        refuse_unless(abs(value) < 2**53, "an integer beyond 2^53-1")
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    if isinstance(value, dict):
        for name in value:
            refuse_unless(re.fullmatch("[a-z][a-z0-9_]*", name), "member name " + name)
        return "{" + ",".join('"%s":%s' % (name, render(value[name])) for name in sorted(value)) + "}"
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    text = ""
    for character in value:
        code = ord(character)
        refuse_unless(code not in (0, 0x7F) and not 0xD800 <= code < 0xE000, "a forbidden character")
        text += short.get(character) or ("\\u%04x" % code if code < 0x20 else character)
    return '"' + text + '"'


def check_line(line, seq, prev):
    refuse_unless(len(line) <= 16384, "line too long")
    try:
        entry = json.loads(line.decode("utf-8"), parse_float=only_integers, parse_constant=only_integers,
                           object_pairs_hook=no_duplicates)
    except ValueError as error:
        raise Refused("not JSON: %s" % error) from error
    refuse_unless(render(entry).encode() == line, "not canonical")
    refuse_unless(isinstance(entry, dict), "not an object")
    refuse_unless(entry.get("v") == 1 and entry.get("seq") == seq, "v or seq is wrong")
    refuse_unless(entry.get("prev") == prev, "prev is wrong")
    refuse_unless((entry.get("event") == "genesis") == (seq == 0), "genesis is not entry 0")


def read_lines(data):
    """Splits on 0x0A only; U+2028 may stand inside a string."""
    refuse_unless(data == b"" or data.endswith(b"\n"), "no line feed at the end")
    return data.split(b"\n")[:-1]


def check_chain(data):
    prev = ZEROS
    lines = read_lines(data)
    for seq, line in enumerate(lines):
        try:
            check_line(line, seq, prev)
        except Refused as error:
            raise Refused("entry %d: %s" % (seq, error)) from error
        prev = sha(line).hex()
    return lines


# --- checkpoints
def openssl_verifies(public, message, signature):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        (folder / "note").write_bytes(message)
        (folder / "sig").write_bytes(signature)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "key",
             "-rawin", "-in", folder / "note", "-sigfile", folder / "sig"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def open_checkpoint(note, origin, public):
    """Size and root of a note signed by `public`."""
    text, blank, signatures = note.partition(b"\n\n")
    refuse_unless(blank, "no blank line")
    lines = text.split(b"\n")
    refuse_unless(len(lines) == 3 and lines[0] == origin, "not a checkpoint of this ledger")
    refuse_unless(re.fullmatch(rb"0|[1-9][0-9]*", lines[1]), "the size is not decimal")
    key_id = sha(origin, b"\n\x01", public)[:4]
    for line in signatures.split(b"\n"):
        words = line.split(b" ")
        if words[:2] != ["\u2014".encode(), origin] or len(words) != 3:
            continue
        data = base64.b64decode(words[2], validate=True)
        if data[:4] == key_id and openssl_verifies(public, text + b"\n", data[4:]):
            return int(lines[1]), base64.b64decode(lines[2], validate=True)
    raise Refused("no good signature")


def check_ledger(data, note, origin, public):
    lines = check_chain(data)
    size, root = open_checkpoint(note, origin, public)
    refuse_unless(size <= len(lines), "entries are missing at the end")
    refuse_unless(tree_hash([leaf_hash(line) for line in lines[:size]]) == root, "another root")


def check_witnessed(kept, shown):
    """What somebody who keeps (size, root) pairs notices without the lines."""
    for size, root in shown:
        for old_size, old_root in kept:
            refuse_unless(size != old_size or root == old_root, "two roots for one size")
        refuse_unless(not kept or size >= kept[-1][0], "an older checkpoint")
        kept.append((size, root))


# --- self-test
def refused(check, *arguments):
    try:
        check(*arguments)
    except Refused:
        return True
    return False


def sign_with_openssl(folder, text, origin):
    """A checkpoint signed by a fresh key: (note, public key)."""
    key, note, sig = folder / "key.pem", folder / "text", folder / "sig"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    der = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                         stdout=subprocess.PIPE).stdout
    note.write_bytes(text)
    subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", note, "-out", sig],
                   check=True)
    public = der[-32:]
    key_id = sha(origin, b"\n\x01", public)[:4]
    line = "\u2014 ".encode() + origin + b" " + base64.b64encode(key_id + sig.read_bytes()) + b"\n"
    return text + b"\n" + line, public


def flip(data, at, bit=0):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def joined(lines):
    return b"".join(line + b"\n" for line in lines)


def tampered(lines):
    """Every way a ledger of three lines is wrong, by name."""
    whole = joined(lines)
    for number, line in enumerate(lines):
        yield "bit flipped in line %d" % number, whole.replace(line, flip(line, len(line) // 2))
        at = line.index(b'"prev":"') + 8
        yield "bit flipped in prev of %d" % number, whole.replace(line, flip(line, at))
        at = line.index(b'"seq":') + 6
        yield "bit flipped in seq of %d" % number, whole.replace(line, flip(line, at))
        yield "line %d deleted" % number, joined(lines[:number] + lines[number + 1:])
        yield "line %d inserted" % number, joined(lines[:number] + [line] + lines[number:])
        loose = json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False).encode()
        yield "line %d not canonical" % number, whole.replace(line, loose)
        escaped = line.replace("关".encode(), b"\\u5173")
        yield "line %d escaped" % number, whole.replace(line, escaped)
    for number in range(len(lines) - 1):
        swapped = list(lines)
        swapped[number:number + 2] = [lines[number + 1], lines[number]]
        yield "lines %d and %d swapped" % (number, number + 1), joined(swapped)
    for size in range(len(lines)):
        yield "truncated to %d" % size, joined(lines[:size])
    doubled = lines[2].replace(b'"seq":2', b'"seq":1')
    yield "duplicate seq", joined([lines[0], lines[1], doubled])
    yield "CRLF", whole.replace(b"\n", b"\r\n")
    yield "no line feed at the end", whole[:-1]
    yield "a float", joined([lines[0].replace(b'"attempt":1', b'"attempt":1.0')])
    yield "a byte order mark", b"\xef\xbb\xbf" + whole
    yield "a blank line", whole + b"\n"


def proof_failures(size):
    """Proofs of a tree of `size` that behave otherwise than they should, by name."""
    lines = [b"line %d" % number for number in range(size)]
    leaves = [leaf_hash(line) for line in lines]
    root = tree_hash(leaves)
    for index in range(size):
        path = inclusion_path(index, leaves)
        name = "inclusion %d in %d: " % (index, size)
        if refused(check_inclusion, lines[index], index, size, path, root):
            yield name + "good"
        bad = [("too long", index, path + [root]), ("too long in front", index, [root] + path),
               ("wrong index", size, path), ("negative index", -1, path)]
        if path:
            bad += [("too short", index, path[:-1]), ("too short in front", index, path[1:]),
                    ("flipped", index, [flip(path[0], 5)] + path[1:])]
        if size > 1:
            bad.append(("index of another", (index + 1) % size, path))
        for what, claimed, proof in bad:
            if not refused(check_inclusion, lines[index], claimed, size, proof, root):
                yield name + what
        if not refused(check_inclusion, b"forged", index, size, path, root):
            yield name + "forged line"
    for old in range(1, size + 1):
        old_root, path = tree_hash(leaves[:old]), consistency_path(old, leaves)
        name = "consistency %d to %d: " % (old, size)
        if refused(check_consistency, old, old_root, size, root, path):
            yield name + "good"
        bad = [("too long", old, old_root, path + [root]), ("larger", size + 1, root, path),
               ("another old root", old, sha(b"x"), path)]
        if path:
            bad += [("too short", old, old_root, path[:-1]), ("too short in front", old, old_root, path[1:])]
        for what, claimed, claimed_root, proof in bad:
            if not refused(check_consistency, claimed, claimed_root, size, root, proof):
                yield name + what
    if refused(check_consistency, 0, sha(), size, root, []):
        yield "consistency from the empty tree to %d" % size


def read_vectors(folder):
    data = (folder / "ledger.jsonl").read_bytes()
    note = (folder / "checkpoint").read_bytes()
    public = base64.b64decode((folder / "log.pub.b64").read_text())
    return data, note, note.split(b"\n")[0], public


def vector_failures(folder):
    data, note, origin, public = read_vectors(folder)
    if refused(check_ledger, data, note, origin, public):
        yield "the vectors themselves"
    lines = read_lines(data)
    leaves = [leaf_hash(line) for line in lines]
    root = tree_hash(leaves)
    path = [bytes.fromhex(text) for text in (folder / "proof.txt").read_text().split()]
    if path != inclusion_path(1, leaves) or refused(check_inclusion, lines[1], 1, 3, path, root):
        yield "proof.txt"
    old_root, *path = [bytes.fromhex(text) for text in (folder / "cons.txt").read_text().split()]
    if path != consistency_path(2, leaves) or refused(check_consistency, 2, old_root, 3, root, path):
        yield "cons.txt"
    for name, wrong in tampered(lines):
        if wrong == data or not refused(check_ledger, wrong, note, origin, public):
            yield name


def checkpoint_failures(folder):
    data, note, origin, public = read_vectors(folder)
    lines = read_lines(data)
    text = note.partition(b"\n\n")[0] + b"\n"
    with tempfile.TemporaryDirectory() as name:
        other, other_key = sign_with_openssl(Path(name), text, origin)
    if refused(check_ledger, data, other, origin, other_key):
        yield "a checkpoint signed here"
    wrong = {"another key": other, "another size": note.replace(b"\n3\n", b"\n2\n"),
             "a padded size": note.replace(b"\n3\n", b"\n03\n"),
             "another origin": note.replace(b"example", b"exemple"), "no signature": text + b"\n",
             "an extension line": text + b"time\n" + note[len(text):], "empty": b""}
    for what, forged in wrong.items():
        if not refused(check_ledger, data, forged, origin, public):
            yield "checkpoint: " + what
    with_witness = note + "\u2014 witness.example abcdAAAA\n".encode()
    if refused(check_ledger, data, with_witness, origin, public):
        yield "checkpoint: an unknown signature beside ours"
    roots = [tree_hash([leaf_hash(line) for line in lines[:size]]) for size in range(4)]
    if refused(check_witnessed, [], [(1, roots[1]), (3, roots[3]), (3, roots[3])]):
        yield "witness: a good history"
    for what, shown in {"two roots for one size": [(3, roots[3]), (3, roots[2])],
                        "an older checkpoint": [(3, roots[3]), (2, roots[2])]}.items():
        if not refused(check_witnessed, [], shown):
            yield "witness: " + what


def self_test(folder):
    failures = list(vector_failures(folder)) + list(checkpoint_failures(folder))
    sizes = sorted({0, 1} | {2**k + d for k in range(1, 6) for d in (-1, 0, 1)})
    for size in sizes:
        failures += proof_failures(size)
    for failure in failures:
        print("not as it should be: " + failure)
    return not failures


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "self-test":
        return 0 if self_test(Path(arguments[1])) else 1
    if len(arguments) != 4 or arguments[0] != "check":
        print(__doc__)
        return 2
    data, note, key = (Path(argument).read_bytes() for argument in arguments[1:])
    try:
        check_ledger(data, note, note.split(b"\n")[0], base64.b64decode(key))
    except Refused as error:
        print("refused: %s" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
