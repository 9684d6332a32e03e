#!/bin/bash
# generated.sh PROGRAM SOURCE - documents made from the code are as the program makes them.
# TS_UPDATE_GOLDEN=1 rewrites them.
set -u
program=$1
source=$2
failed=0
check() { # KIND FILE
  mkdir -p "$(dirname "$source/$2")"
  if [ "${TS_UPDATE_GOLDEN-}" = 1 ]; then "$program" docs "$1" >"$source/$2"; fi
  "$program" docs "$1" | diff -u --label "$2" --label "taskseq docs $1" "$source/$2" - || {
    echo "$2 is not up to date: TS_UPDATE_GOLDEN=1 tests/golden/generated.sh PROGRAM SOURCE"
    failed=1
  }
}
check man docs/man/taskseq.1
check completion docs/completion/taskseq.bash
check errors docs/reference/errors.md
bash -n "$source/docs/completion/taskseq.bash" || failed=1
exit $failed
