#!/bin/bash
# check-simulation.sh EXE BUILDDIR - simulates the shipped sequences with the Windows program under Wine and
# with a Linux program of the same sources (built here, in BUILDDIR/linux): the same bytes, the same status.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
top=$(realpath "$here/../..")
linux=$2/linux
wine=$top/cmake/windows/wine-env.sh
export NO_COLOR=1 TZ=UTC LC_ALL=C.UTF-8 COLUMNS=100
unset TERM TASKSEQ_SOCKET

"$here/linux-program.sh" "$2"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cd "$top"
count=0
compare() { # ARG...
    local a=0 b=0
    "$linux/engine/cli/taskseq" "$@" >"$out/linux" 2>&1 || a=$?
    "$wine" --run "$exe" "$@" >"$out/windows" 2>&1 || b=$?
    if [ "$a" != "$b" ] || ! cmp -s "$out/linux" "$out/windows"; then
        echo "taskseq $*: exit status $a on Linux, $b on Windows"
        diff "$out/linux" "$out/windows" | head -n 20
        exit 1
    fi
    [ -s "$out/linux" ] || { echo "taskseq $*: no output"; exit 1; }
    count=$((count + 1))
}
for machine in laptop-nvme-tpm2 bios-mbr-desktop hyperv-gen2 windows10-refresh; do
    for sequence in sequences/*.xml; do
        compare simulate "$sequence" --machine "$machine"
    done
done
compare simulate sequences/install-windows.xml --machine laptop-nvme-tpm2 --json -
compare steps
compare schema
echo "$count outputs are the same, byte for byte"
