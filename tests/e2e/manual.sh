#!/bin/bash
# manual.sh PROGRAM SOURCE - the script of tests/manual with an image that only looks like Windows:
# prepare, serve, install to a disk image, look.
# shellcheck disable=SC1091,SC2154
source=$(realpath "${2:?usage: manual.sh PROGRAM SOURCE}")
. "$source/tests/net/lib.sh"
. "$source/tests/e2e/windows_tree.sh"
need nginx openssl python3 sfdisk wimlib-imagex ntfscat ntfsls hivexsh hivexget
export TASKSEQ=$real_program
script=$source/tests/manual/real-windows.sh
windows_tree "$work/tree"
windows_wim "$work/tree" "$work/install.wim" "Windows 11 Pro"
cd "$work" || exit 1
expect "prepare" 0 "the administrator's password is in secrets.vars" \
    "$script" prepare try --image install.wim --host "127.0.0.1:$(free_port)"
"$script" serve try >serve.log 2>&1 &
pids+=($!)
for _ in $(seq 50); do [ ! -e try/nginx.pid ] || break; sleep 0.1; done
truncate -s 8G disk.img
printf 'MZ' >taskseq.exe
expect "the disk image is ready for Windows" 0 "the hand-over to Windows is reached" \
    env TASKSEQ_EXTRA="--agent $work/taskseq.exe --var OSDMemory=512 --var OSDFreeDiskSpace=7000 --var OSDComputerName=PC-1" \
    "$script" linux try disk.img
expect "the report is packed" 0 "report.tar.gz" "$script" look try disk.img
if tar tzf try/report.tar.gz | grep -q report/smsts.log; then ok "it has the log"; else bad "no log"; fi
if tar xzOf try/report.tar.gz | grep -qaF "$(sed -n 's/^OSDLocalAdminPassword=//p' try/secrets.vars)"; then
    bad "the report has the password"
else
    ok "it has no password"
fi
finish
