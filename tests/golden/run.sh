#!/bin/bash
# run.sh PROGRAM FOLDER [CASE...] - golden tests: CASE.cmd is a shell snippet, CASE.out what it must
# print (standard output and errors together, then the exit status), byte for byte.
#
# In a snippet `taskseq` is the program under test, $S the source folder (shown as SOURCE), $HERE the
# folder of the cases (shown as HERE). It runs in an empty folder, without colour, 100 columns wide.
# TS_UPDATE_GOLDEN=1 rewrites the .out files: a person reads the difference before it is committed.
set -u
program=$(realpath "$1")
HERE=$(realpath "$2")
shift 2
S=$(realpath "$HERE/../../..")
export S HERE TASKSEQ="$program" NO_COLOR=1 COLUMNS=100 LC_ALL=C.UTF-8 TZ=UTC
unset TERM TASKSEQ_SOCKET
taskseq() { "$TASKSEQ" "$@"; }
export -f taskseq
[ $# -gt 0 ] || set -- "$HERE"/*.cmd
failed=0 passed=0
for case; do
  case=$HERE/$(basename "$case" .cmd)
  folder=$(mktemp -d)
  actual=$(cd "$folder" && bash "$case.cmd" 2>&1; echo "exit status $?")
  rm -rf "$folder"
  actual=${actual//"$HERE"/HERE}
  actual=${actual//"$S"/SOURCE}
  if [ "${TS_UPDATE_GOLDEN-}" = 1 ]; then
    printf '%s\n' "$actual" >"$case.out"
  fi
  if diff -u --label "$(basename "$case").out" --label actual "$case.out" <(printf '%s\n' "$actual"); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
