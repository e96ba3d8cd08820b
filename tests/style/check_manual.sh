#!/bin/sh
# The manual names every command and option that --help shows, and formats without a warning.
set -eu

root="$(cd "$(dirname "$0")/../.." && pwd)"
manual=$root/daemon/cli/liandong.8
liandong=${LIANDONG_BINARY:-$root/build/debug/liandong}
bad=0

# Without roff's escapes: \- is -, and fonts are nothing.
text=$(sed -e 's/\\-/-/g' -e 's/\\f[A-Z]//g' "$manual")

commands_of() { # the names under the heading of the subcommands
  "$liandong" "$@" --help | awk '/^Subcommands:/ { on = 1; next } on && /^  [a-z]/ { print $1 }'
}

# Options of a command must stand in the part of the manual that begins with it.
check() {
  part=$(printf '%s\n' "$text" | awk -v name="$*" '
    /^\.TP/ && !inner { heading = 1; next }
    /^\.RS/ { inner = 1 } /^\.RE/ { inner = 0 }
    /^\.S[HS]/ { on = 0 }
    heading { line = $0; gsub(/[".]|BR |B /, "", line); gsub(/ +/, " ", line); sub(/^ /, "", line)
              on = index(line, name) == 1; heading = 0 }
    on { print }')
  if [ -z "$part" ]; then
    echo "check_manual: $manual lacks the command '$*'" >&2
    bad=1
    return
  fi
  for option in $("$liandong" "$@" --help | grep -oE '^  +(-[a-z],)?--?[a-z-]+' | tr ',' ' '); do
    case $option in -h | --help | --config) continue ;; esac
    printf '%s\n' "$part" | grep -qE -e "(^|[^a-z-])$option([^a-z-]|\$)" ||
      { echo "check_manual: '$*' lacks $option" >&2; bad=1; }
  done
}

count=0
for command in $(commands_of); do
  case $command in
    ledger | user)
      for inner in $(commands_of "$command"); do check "$command" "$inner"; count=$((count + 1)); done ;;
    *) check "$command"; count=$((count + 1)) ;;
  esac
done
[ "$count" -ge 12 ] || { echo "check_manual: --help shows only $count commands" >&2; bad=1; }
for option in --config --version --help --json; do
  printf '%s\n' "$text" | grep -q -e "$option" || { echo "check_manual: lacks $option" >&2; bad=1; }
done

if ! command -v groff >/dev/null; then
  echo "check_manual: groff is missing; install the package groff-base" >&2
  exit 1
fi
warnings=$(groff -k -man -ww -Tutf8 -z "$manual" 2>&1)
if [ -n "$warnings" ]; then
  echo "$warnings" >&2
  bad=1
fi
[ "$bad" = 0 ] && echo "the manual knows $count commands"
exit "$bad"
