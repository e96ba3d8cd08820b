#!/bin/sh
# The unit's exposure, as systemd-analyze scores it, stays at 1.5 or below. The score reads the unit
# only: whether the program runs under it is for the target machine to show.
set -eu

unit="$(cd "$(dirname "$0")/../.." && pwd)/systemd/liandong.service"

if ! command -v systemd-analyze >/dev/null; then
  echo "check_unit: systemd-analyze is missing; install the package systemd" >&2
  exit 1
fi

for word in Type=notify WatchdogSec=30 DynamicUser=yes RestartPreventExitStatus=78 UMask=0077; do
  if ! grep -qx "$word" "$unit"; then
    echo "check_unit: $unit lacks $word" >&2
    exit 1
  fi
done

if ! report=$(systemd-analyze security --offline=true --threshold=15 --no-pager "$unit" 2>&1); then
  echo "$report" >&2
  echo "check_unit: the exposure is above 1.5" >&2
  exit 1
fi
echo "$report" | tail -n 1
