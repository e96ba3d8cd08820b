#!/bin/sh
# The operator's handbook (README.zh-CN.md) says what to do about every alarm the program can raise, each in a
# section whose heading ends with the alarm's name, and about none it cannot.
set -eu

root="$(cd "$(dirname "$0")/../.." && pwd)"
book=$root/README.zh-CN.md
bad=0
complain() { echo "check_handbook: $*" >&2; bad=1; }

alarms=$(
  {
    grep -oE 'add\("[a-z]+ ' "$root/daemon/audit/service_alarms.cc" | sed -e 's/add("//' -e 's/ //'
    grep -oE 'look_at_waiting\(channel, "[a-z]+"' "$root/daemon/audit/service_alarms.cc" | sed -e 's/.*"\(.*\)"/\1/'
    sed -n '/set.rules_ = {/,/^  };/p' "$root/daemon/audit/rules.cc" | grep -oE '^ {6}\{"[a-z_]+",' | tr -d ' {",'
  } | sort -u
)
[ "$(printf '%s\n' "$alarms" | wc -l)" -ge 30 ] || complain "found only: $alarms"

sections=$(sed -n 's/^#### .* `\([a-z_]*\)`$/\1/p' "$book" | sort)
for alarm in $alarms; do
  [ "$(printf '%s\n' "$sections" | grep -cx "$alarm")" = 1 ] || complain "$book: one section '#### … \`$alarm\`' is wanted"
  words=$(awk -v name="\`$alarm\`" '/^#/ { on = index($0, name) > 0 && /^####/; next } on { print }' "$book" | tr -d ' \n' | wc -m)
  [ "$words" -ge 15 ] || complain "$book: the section of $alarm says nothing"
done
for section in $sections; do
  printf '%s\n' "$alarms" | grep -qx "$section" || complain "$book: there is no alarm '$section'"
done
for heading in 安装与第一个来源 第一个渠道 每天 加急 年度报表 检查当天 备份与恢复; do
  grep -qx "### $heading" "$book" || complain "$book: lacks '### $heading'"
done
for picture in $(grep -oE '\]\([^)]*\.png\)' "$book" | tr -d '])('); do
  [ -s "$root/$picture" ] || complain "$book: there is no picture $picture"
done
[ "$bad" = 0 ] && echo "the handbook has a section for each of $(printf '%s\n' "$alarms" | wc -l) alarms"
exit "$bad"
