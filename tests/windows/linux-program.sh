#!/bin/bash
# linux-program.sh BUILDDIR - a Linux program of the same sources, in BUILDDIR/linux: what tests compare with.
set -eu
top=$(realpath "$(dirname "$(realpath "$0")")/../..")
exec 9>"$1/linux.lock"
flock 9
cmake -S "$top" -B "$1/linux" -G Ninja -DCMAKE_BUILD_TYPE=Release -DTASKSEQ_TESTS=OFF >"$1/linux.log" 2>&1 &&
    cmake --build "$1/linux" --target taskseq >>"$1/linux.log" 2>&1 || { tail -n 20 "$1/linux.log"; exit 1; }
