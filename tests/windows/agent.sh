#!/bin/bash
# agent.sh EXE BUILDDIR - a run begins on Linux and ends in Windows. A Linux program of the same sources (in
# BUILDDIR/linux) takes a disk image up to the hand-over; what lies on its NTFS volume then becomes drive C: of a
# Wine prefix of its own, where SetupComplete.cmd is run as Windows Setup does. The service goes on with the run,
# through one restart (of Wine), and removes itself.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
top=$(realpath "$here/../..")
linux=$2/linux
wine=$top/cmake/windows/wine-env.sh
export LC_ALL=C.UTF-8
unset TASKSEQ_SOCKET

"$here/linux-program.sh" "$2"
work=$(mktemp -d)
prefix=$work/prefix
finish() {
    "$wine" --prefix "$prefix" --stop 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
cd "$work"
fail() {
    echo "agent.sh: $*" >&2
    tail -n 30 out "$prefix"/drive_c/_SMSTaskSequence/Logs/*.log \
        "$prefix"/drive_c/_SMSTaskSequence/Logs/Smstslog/smsts.log 2>/dev/null || true
    exit 1
}

# --- Linux: refused before the disk is touched when there is no program for the new Windows; then for real.
cp -r "$here/agent" sequence
printf '<site><source url="https://127.0.0.1:1/"/><trust file="pki/root.pem"/></site>' >site.xml
mkdir pki
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout key.pem \
    -out pki/root.pem 2>/dev/null
truncate -s 600M disk.img
run() { "$linux/engine/cli/taskseq" run sequence/sequence.xml --disk 0=disk.img --phase winpe --work work --site site.xml "$@"; }
if run >out 2>&1; then fail "ran without taskseq.exe"; fi
grep -q 'no taskseq.exe to go on in the new Windows' out || fail "not refused for want of taskseq.exe"
[ "$(od -An -N1024 -tx1 disk.img | tr -d ' 0*\n')" = "" ] || fail "the disk was touched"
status=0
run --agent "$exe" >out 2>&1 || status=$?
[ $status -eq 3 ] || fail "status $status, not 3 (restart required)"
if "$linux/engine/cli/taskseq" resume --work work >out 2>&1; then fail "resumed where the run has left"; fi
grep -q "goes on elsewhere, from 'C:/_SMSTaskSequence'" out || fail "the journal does not say where the run is"

# --- The volume becomes drive C:.
start=$(sfdisk -J disk.img | jq '.partitiontable.partitions[1].start')
size=$(sfdisk -J disk.img | jq '.partitiontable.partitions[1].size')
dd if=disk.img of=volume bs=1M skip=$((start / 2048)) count=$((size / 2048)) conv=sparse status=none
ntfsfix -n volume >/dev/null
wimlib-imagex capture volume volume.wim --compress=none --no-acls >/dev/null 2>&1
"$wine" --prefix "$prefix" --run cmd /c exit
c=$prefix/drive_c
wimlib-imagex extract volume.wim 1 /_SMSTaskSequence /Windows/Setup --dest-dir=files >/dev/null 2>&1
cp -r files/_SMSTaskSequence "$c/"
mkdir -p "$c/windows/Setup"
cp -r files/Setup/. "$c/windows/Setup/"
cmp "$exe" "$c/_SMSTaskSequence/taskseq.exe" || fail "the program is another one"
cmp pki/root.pem "$c/_SMSTaskSequence/site/pki/root.pem" || fail "the site's certificate did not come along"
! grep -q "o'ne" "$c/_SMSTaskSequence/journal.log" || fail "the journal holds a secret in clear"

# --- Windows: SetupComplete.cmd, the service, a restart.
restarts() { # NUMBER: waits until the log, which came along from Linux, tells of so many
    for _ in $(seq 600); do
        [ "$(grep -c 'Restart: restart to the full OS' "$c/_SMSTaskSequence/Logs/Smstslog/smsts.log")" -lt "$1" ] || return 0
        sleep 0.1
    done
    fail "restart $1 does not come in smsts.log"
}
"$wine" --prefix "$prefix" --run cmd /c 'C:\windows\Setup\Scripts\SetupComplete.cmd' >out 2>&1 || fail "SetupComplete.cmd"
[ -e "$c/administrator.txt" ] || fail "the administrator's own line did not run"
restarts 2
grep -q '^first; full; secret kept; C:[/\\]_SMSTaskSequence' "$c/note.txt" || fail "note.txt: $(cat "$c/note.txt")"
sleep 1
"$wine" --prefix "$prefix" --stop || true
sleep 1
"$wine" --prefix "$prefix" --run cmd /c exit # services that start with Windows do so now
for _ in $(seq 600); do
    [ -e "$c/_SMSTaskSequence/journal.key" ] || break
    sleep 0.1
done
sed -n 2p "$c/note.txt" | grep -q '^second 1; full; secret kept' || fail "note.txt: $(cat "$c/note.txt")"
for _ in $(seq 100); do
    "$wine" --prefix "$prefix" --run sc query taskseq >out 2>&1 || break
    sleep 0.1
done
if "$wine" --prefix "$prefix" --run sc query taskseq >out 2>&1; then fail "the service is still there"; fi
left=$(ls "$c/_SMSTaskSequence" | tr '\n' ' ')
case $left in 'Logs ' | 'Logs taskseq.exe ') ;; *) fail "left behind: $left" ;; esac
grep -q 'agent install' "$c/windows/Setup/Scripts/SetupComplete.cmd" && fail "the line in SetupComplete.cmd is still there"
grep -q 'administrator' "$c/windows/Setup/Scripts/SetupComplete.cmd" || fail "the administrator's line is gone"
! grep -rq "o'ne" "$c/_SMSTaskSequence" || fail "a secret is in the logs"
echo "agent.sh: from Linux into Windows, through a restart, to the end"
