#!/bin/bash
# check-program.sh EXE - what the shipped program must be: not larger than 8 MB, with version and manifest,
# without a time stamp and without the paths of the machine that built it.
set -euo pipefail
exe=$1
fail() { echo "check-program.sh: $*" >&2; exit 1; }

size=$(stat -c %s "$exe")
[ "$size" -le 8000000 ] || fail "$size bytes are more than 8,000,000"
for word in longPathAware activeCodePage asInvoker; do
    grep -qa "$word" "$exe" || fail "the manifest has no $word"
done
for name in FileVersion OriginalFilename; do
    grep -qaP "$(sed 's/./&\\x00/g' <<< "$name")" "$exe" || fail "the version resource has no $name"
done
stamp=$(x86_64-w64-mingw32-objdump -p "$exe" | sed -n 's/^Time\/Date[[:space:]]*//p')
case $stamp in *1970*) ;; *) fail "the program holds the time of its build: $stamp" ;; esac
! grep -qa "$(realpath "$(dirname "$0")/../..")" "$exe" || fail "the program holds the path of its sources"
! grep -qa "$HOME/" "$exe" || fail "the program holds the path of its libraries"
echo "$size bytes, version and manifest, no build time, no build path"
