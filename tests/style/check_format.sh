#!/bin/sh
# Every C++ file is as clang-format 14 writes it; other versions write other things.
set -eu
cd "$(dirname "$0")/../.."

if ! clang-format --version | grep -q 'version 14\.'; then
  echo "check_format: clang-format 14 is needed; install the package clang-format" >&2
  exit 1
fi
find daemon adapters tests -name '*.cc' -o -name '*.h' | sort | xargs clang-format --dry-run -Werror
