#include "daemon/ledger/export_files.h"

#include "daemon/platform/text.h"

namespace liandong {

namespace {

constexpr std::string_view kReadme = R"readme(联动推送记录导出
================

本目录是一份推送台账的完整副本,任何人都可以核对,不需要联动软件,也不需要数据库。

  segments/      台账,每行一条记录(JSON),每段 65536 行;写满的段不再改变
  checkpoints/   检查点:记录条数与根哈希,经 Ed25519 签名(C2SP signed note 格式)
                 .cosigned 另附见证人的联署(C2SP cosignature/v1)和 SM2 签名;.tsr 为时间戳(RFC 3161):
                 openssl ts -verify -data checkpoint-N.txt -in checkpoint-N.tsr -CAfile 时间戳机构证书.pem
  keys/          签名公钥。请向发布单位另行索取公钥并与此比对
  SHA256SUMS     各文件的 SHA-256

核对(任选其一):

  sh verify.sh [公钥.pem]        需要 openssl sha256sum xxd jq;每段约几分钟
  python3 verify.py [公钥.pem]   只需 Python 3 标准库(SM3 台账需其 OpenSSL 带 SM3)

手工核对相邻两行:第 i 行(不含换行符)的 SHA-256 等于第 i+1 行的 prev:

  sed -n 1p segments/seg-000000.jsonl | tr -d '\n' | sha256sum
  sed -n 2p segments/seg-000000.jsonl | jq -r .prev

能发现:修改、删除、插入、调换任何一条记录;截去检查点以内的末尾。
不能发现:最后一个检查点之后的改动;持有签名私钥的人整本重写(请保存旧的检查点并比对);从未写入的事。


Liandong ledger export
======================

This folder is a complete copy of the ledger of what was published where. Anybody can check it, without
Liandong and without its database.

  segments/      the ledger, one entry (JSON) a line, 65,536 lines each; full segments never change
  checkpoints/   size and root hash, signed with Ed25519 (C2SP signed notes)
                 .cosigned adds the witnesses' cosignatures (C2SP cosignature/v1) and the SM2 signature; .tsr is
                 a time stamp (RFC 3161):
                 openssl ts -verify -data checkpoint-N.txt -in checkpoint-N.tsr -CAfile authority.pem
  keys/          the public key, and those after it. Ask the publisher for it by another way and compare
  SHA256SUMS     SHA-256 of every file

To check, either of:

  sh verify.sh [public-key.pem]        needs openssl sha256sum xxd jq; some minutes a segment
  python3 verify.py [public-key.pem]   needs Python 3 and nothing else (for SM3, one whose
                                       OpenSSL has it)

By hand, for two neighbouring lines: the SHA-256 of line i (without its line feed) is `prev` of line i+1:

  sed -n 1p segments/seg-000000.jsonl | tr -d '\n' | sha256sum
  sed -n 2p segments/seg-000000.jsonl | jq -r .prev

The format: a line is RFC 8785 canonical JSON without floats. leaf = SHA-256(0x00 || line), node =
SHA-256(0x01 || left || right), the tree is that of RFC 6962 2.1. A checkpoint is three signed lines
(origin, size, base64 of the root), a blank line, and `— origin base64(key id || signature)`, where key id
is the first four bytes of SHA-256(origin || 0x0A || 0x01 || public key).

Found: any entry edited, deleted, inserted or moved; an end cut off within the last checkpoint.
Not found: changes after the last checkpoint; a history rewritten as a whole by who holds the private key
(keep old checkpoints and compare); what was never written.
)readme";

}  // namespace

std::string export_readme(HashKind hash) {
  std::string text(kReadme);
  if (hash == HashKind::Sha256) return text;
  text = replace_all(text, "sha256sum xxd jq", "xxd jq");
  text = replace_all(text, "| sha256sum", "| openssl dgst -sm3");
  text = replace_all(text, "SHA256SUMS", "SM3SUMS   ");
  text = replace_all(text, "SHA-256", "SM3");
  return text;
}

const std::string_view kExportVerifyShell = R"shell(#!/bin/sh
# 核对本目录。Checks this folder with openssl, sha256sum, xxd, jq and the usual GNU tools, and nothing
# of the program that wrote it.
#
#   sh verify.sh [PUBLIC-KEY.pem]
#
# Give the public key you were handed by another way than this folder: without it the check says that
# the folder is consistent, not who signed it. Exit code 0: intact; 1: not intact; 2: cannot check.
set -u
LC_ALL=C
export LC_ALL

refuse() {
  echo "不完整 NOT INTACT: $*" >&2
  exit 1
}

for tool in openssl xxd jq awk sed split truncate base64 cmp; do
  command -v "$tool" >/dev/null || { echo "缺少工具 missing tool: $tool" >&2; exit 2; }
done
given=
if [ $# -gt 0 ]; then
  given=$(openssl pkey -pubin -in "$1" -outform DER 2>/dev/null | tail -c 32 | base64)
  [ -n "$given" ] || { echo "不是公钥 not a public key: $1" >&2; exit 2; }
fi
cd "$(dirname "$0")" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# --- 1. Entry 0 says what everything is hashed with. The files are those of the sums, and no other.
hash=$(head -n 1 segments/seg-000000.jsonl 2>/dev/null | jq -r '.hash // "-"' 2>/dev/null)
case $hash in
  sm3)
    digest="openssl dgst -sm3 -r"
    sums=SM3SUMS
    ;;
  *)
    digest=sha256sum
    sums=SHA256SUMS
    command -v sha256sum >/dev/null || { echo "缺少工具 missing tool: sha256sum" >&2; exit 2; }
    ;;
esac
# Prints the hash of each file that standard input names, or that is standard input.
hash_files() { xargs $digest | cut -c1-64; }
hash_input() { $digest | cut -c1-64; }
[ -f "$sums" ] || refuse "$sums is missing"
[ "$(grep -cvE '^[0-9a-f]{64}  [^/]' "$sums")" -eq 0 ] || refuse "$sums: a wrong line"
cut -c67- "$sums" | while IFS= read -r file; do
  printf '%s  %s\n' "$(hash_input <"$file")" "$file"
done >"$work/sums" 2>/dev/null
cmp -s "$work/sums" "$sums" ||
  refuse "$(diff "$work/sums" "$sums" | sed -n 's/^> .\{66\}//p' | head -n 3): not what $sums says"
cut -c67- "$sums" | sort >"$work/listed"
for file in segments/* checkpoints/* keys/*; do
  if [ ! -e "$file" ]; then continue; fi
  grep -qxF "$file" "$work/listed" || refuse "$file is not in $sums"
done

# --- 2. Lines: one canonical JSON object each, numbered, each naming the hash of the one before.
# Prints the hash of every line of standard input without its LF, with the byte $1 before it.
hash_lines() {
  rm -rf "$work/lines"
  mkdir "$work/lines"
  if [ "$1" = leaf ]; then sed 's/^/\x00/'; else cat; fi | split -l 1 -a 5 -d - "$work/lines/"
  (cd "$work/lines" && ls | xargs truncate -s -1 && ls | hash_files)
}

cat >"$work/entry.jq" <<'END'
def whole: (tostring | test("^(0|-?[1-9][0-9]{0,15})$"))
  and . <= 9007199254740991 and . >= -9007199254740991;
all(inputs;
  type == "object" and .v == 1
  and (.seq | type) == "number" and .seq >= 0
  and (.prev | type) == "string" and (.prev | test("^[0-9a-f]{64}$"))
  and (.ts | type) == "string"
  and (.ts | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$"))
  and (.event | type) == "string" and (.event | length) > 0
  and (.actor | type) == "string" and (.actor | length) > 0
  and ([.. | numbers | whole] | all)
  and ([.. | objects | keys[] | test("^[a-z][a-z0-9_]*$")] | all))
END
cat >"$work/parts.jq" <<'END'
"link \(.seq) \(.prev)",
(select(.event == "segment.sealed") | "seal \(.seq) \(.segment) \(.sm3 // .sha256)"),
(select(.event == "genesis" or .event == "key.rotated" or .seq == 0)
  | "name \(.seq) \(.event) \(first(.keys[]? | select(.algorithm == "ed25519") | .public) // "-")"),
(select(.seq == 0) | "origin \(.hash // "-") \(.origin // "-")")
END

: >"$work/hashes"
: >"$work/t0"
: >"$work/parts"
number=0
full=yes
for segment in segments/*; do
  [ "$segment" = "segments/$(printf 'seg-%06d.jsonl' "$number")" ] || refuse "$segment: wrong name"
  [ "$full" = yes ] || refuse "$segment follows a segment that is not full"
  lines=$(wc -l <"$segment")
  if [ "$lines" -lt 1 ] || [ "$lines" -gt 65536 ]; then refuse "$segment has $lines lines"; fi
  [ "$lines" -eq 65536 ] || full=no
  [ "$(tail -c 1 "$segment" | xxd -p)" = 0a ] || refuse "$segment does not end with a line feed"
  awk 'length($0) > 16384 { exit 1 }' "$segment" || refuse "$segment: a line of more than 16384 bytes"
  ! grep -q "$(printf '\177')" "$segment" || refuse "$segment: U+007F"
  ! grep -q '[^\]\(\\\\\)*\\u0000' "$segment" || refuse "$segment: U+0000"
  jq -cS . "$segment" 2>/dev/null | cmp -s - "$segment" || refuse "$segment: not canonical JSON"
  jq -n -e -f "$work/entry.jq" "$segment" >/dev/null 2>&1 ||
    refuse "$segment: a line that is not an entry"
  jq -r -f "$work/parts.jq" "$segment" >>"$work/parts"
  hash_lines plain <"$segment" >>"$work/hashes"
  hash_lines leaf <"$segment" >>"$work/t0"
  number=$((number + 1))
  echo "段 segment $segment: $lines"
done
size=$(wc -l <"$work/hashes")
[ "$size" -gt 0 ] || refuse "the ledger is empty"
part() { sed -n "s/^$1 //p" "$work/parts"; }
{ printf '%064d\n' 0; sed '$d' "$work/hashes"; } | awk '{ print NR - 1, $0 }' >"$work/expected"
part link >"$work/links"
cmp -s "$work/expected" "$work/links" || {
  first=$(cmp "$work/expected" "$work/links" 2>/dev/null | awk '{ print $NF }')
  refuse "near entry $((${first:-1} - 1)): one is missing, doubled, out of place or changed"
}
part seal >"$work/seals"
while read -r seq segment sum; do
  [ $((seq / 65536 - 1)) -eq "$segment" ] || refuse "entry $seq seals another segment"
  [ "$(hash_input <"$(printf 'segments/seg-%06d.jsonl' "$segment")")" = "$sum" ] ||
    refuse "entry $seq seals segment $segment with another hash"
done <"$work/seals"

# --- 3. Who: origin and key are named by entry 0. A later entry may name the next key: the old key signs
# the next checkpoint and so vouches for the new one, which signs from then on.
part name >"$work/named"
part origin >"$work/origin"
read -r named origin <"$work/origin"
[ "$origin" != - ] || refuse "entry 0 names no origin"
case $named in
  sha256 | sm3) ;;
  *) refuse "entry 0 names the hash $named" ;;
esac
: >"$work/rotations"
first=
last=
while read -r seq event public; do
  if [ "$seq" -eq 0 ]; then expected=genesis; else expected=key.rotated; fi
  [ "$event" = "$expected" ] || refuse "entry $seq is a $event"
  [ "$public" != - ] || continue
  if [ -z "$first" ]; then
    first=$public
  elif [ "$public" != "$last" ]; then
    echo "$seq $public" >>"$work/rotations"
  fi
  last=$public
done <"$work/named"
{ printf '%s\n' "${first:-$given}"; cut -d' ' -f2 "$work/rotations"; } >"$work/keys"
use_key() {
  key=$1
  { printf 302a300506032b6570032100 | xxd -r -p; echo "$key" | base64 -d; } >"$work/key.der"
  [ "$(wc -c <"$work/key.der")" -eq 44 ] || refuse "the key is not an Ed25519 key"
  openssl pkey -pubin -inform DER -in "$work/key.der" -out "$work/key.pem" 2>/dev/null ||
    refuse "the key is not an Ed25519 key"
  id=$({ printf '%s\n\001' "$origin"; echo "$key" | base64 -d; } | hash_input | cut -c1-8)
}
key=
if [ -n "${first:-$given}" ]; then use_key "${first:-$given}"; fi
for file in keys/*; do
  if [ ! -e "$file" ]; then continue; fi
  openssl pkey -pubin -in "$file" -outform DER 2>/dev/null | tail -c 32 | base64 >"$work/held"
  grep -qxF "$(cat "$work/held")" "$work/keys" || refuse "$file is another key"
done

# --- 4. The tree of RFC 6962: t0 holds the leaves, t1 the roots of pairs of them, and so on.
# Prints the hash of 0x01 and each pair of lines of the file $1.
hash_pairs() {
  rm -rf "$work/pairs"
  mkdir "$work/pairs"
  awk 'NR % 2 { left = $0; next } { print "01" left $0 }' "$1" | split -l 65536 -a 4 -d - "$work/pairs/"
  for chunk in "$work/pairs"/*; do
    rm -rf "$work/lines"
    mkdir "$work/lines"
    xxd -r -p <"$chunk" | split -b 65 -a 5 -d - "$work/lines/"
    (cd "$work/lines" && ls | hash_files)
  done
}
level=0
while [ "$(wc -l <"$work/t$level")" -gt 1 ]; do
  hash_pairs "$work/t$level" >"$work/t$((level + 1))"
  level=$((level + 1))
done
root_of() {
  rest=$1
  at=0
  root=
  while [ "$rest" -gt 0 ]; do
    if [ $((rest % 2)) -eq 1 ]; then
      left=$(sed -n "${rest}{p;q}" "$work/t$at")
      if [ -z "$root" ]; then
        root=$left
      else
        root=$(printf '01%s%s' "$left" "$root" | xxd -r -p | hash_input)
      fi
    fi
    rest=$((rest / 2))
    at=$((at + 1))
  done
  echo "$root"
}

# --- 5. Checkpoints: signed, and of this tree.
count=0
newest=0
given_signed=
ls checkpoints 2>/dev/null | grep '^checkpoint-.*[.]txt$' | sed 's/^checkpoint-//; s/[.]txt$//' |
  sort -n >"$work/sizes"
while read -r stated; do
  file=checkpoints/checkpoint-$stated.txt
  [ -n "$key" ] || refuse "$file is signed, but the ledger names no key"
  sed '/^$/,$d' "$file" >"$work/note"
  covered=$(sed -n 2p "$work/note")
  [ "$(wc -l <"$work/note")" -eq 3 ] || refuse "$file has not three lines"
  [ "$(sed -n 1p "$work/note")" = "$origin" ] || refuse "$file is of another ledger"
  [ "$file" = "checkpoints/checkpoint-$covered.txt" ] || refuse "$file is of size $covered"
  : >"$work/sig"
  grep "^— $origin " "$file" | awk '{ print $3 }' >"$work/signatures"
  while read -r signature; do
    echo "$signature" | base64 -d >"$work/one" 2>/dev/null || continue
    [ "$(head -c 4 "$work/one" | xxd -p)" = "$id" ] || continue
    tail -c +5 "$work/one" >"$work/sig"
  done <"$work/signatures"
  openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/note" \
    -sigfile "$work/sig" >/dev/null 2>&1 || refuse "$file: the signature is wrong"
  [ "$covered" -le "$size" ] ||
    refuse "the ledger ends after $size entries, $file is of $covered: entries are missing"
  [ "$(sed -n 3p "$work/note" | base64 -d 2>/dev/null | xxd -p -c 64)" = "$(root_of "$covered")" ] ||
    refuse "$file has another root: an entry below $covered was changed"
  count=$((count + 1))
  if [ "$covered" -gt "$newest" ]; then newest=$covered; fi
  [ "$key" != "$given" ] || given_signed=yes
  if [ -s "$work/rotations" ]; then
    read -r rotated next <"$work/rotations"
    if [ "$rotated" -lt "$covered" ]; then
      use_key "$next"
      sed -i 1d "$work/rotations"
      if [ -s "$work/rotations" ]; then
        read -r rotated next <"$work/rotations"
        [ "$rotated" -ge "$covered" ] || refuse "entry $rotated names a further key too early"
      fi
    fi
  fi
done <"$work/sizes"
if [ -n "$given" ] && [ -n "$first" ] && [ "$given" != "$first" ] && [ -z "$given_signed" ]; then
  refuse "the key you gave is not entry 0's and signed no checkpoint"
fi

echo "完整 INTACT: $size 条记录 entries, $count 个检查点 checkpoints, 已签名到 signed up to $newest"
echo "标识 origin: $origin"
echo "根 root: $(root_of "$size")"
if [ -z "$given" ]; then
  echo "公钥取自本目录,未与外部核对 the key is this folder's own word: ${key:-none}"
else
  echo "公钥由您提供 checked with the key you gave: $given"
fi
)shell";

}  // namespace liandong
