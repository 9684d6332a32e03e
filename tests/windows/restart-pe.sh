#!/bin/bash
# restart-pe.sh EXE BUILDDIR - a run begins in the full Windows, restarts into Windows PE, there once more, and ends.
# Wine is both: a key of the registry says which. bcdedit.exe is a tool of the tests that keeps what it was asked;
# that a machine starts the staged image is not tried here.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
tool=$(realpath "$2/tests/windows/test_windows_disks.exe")
wine=$(realpath "$here/../..")/cmake/windows/wine-env.sh
work=$(mktemp -d)
prefix=$work/prefix
finish() {
    "$wine" --prefix "$prefix" --stop 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
unset TASKSEQ_SOCKET
c=$prefix/drive_c
fail() {
    echo "restart-pe.sh: $*" >&2
    tail -n 30 "$work/out" "$c/windows/system32/log" 2>/dev/null || true
    exit 1
}
cd "$work"

# --- The machine: a share with a boot image, Windows' own boot.sdi, a site file with a certificate.
"$wine" --prefix "$prefix" --run cmd /c exit
mkdir -p tree/Windows/System32 "$c/pe" "$c/ts/pki" "$c/windows/Boot/DVD/EFI"
echo stub >tree/Windows/System32/winload.exe
wimlib-imagex capture tree "$c/pe/boot.wim" "Microsoft Windows PE (stand-in)" --boot >out 2>&1 || fail "boot.wim"
echo sdi >"$c/windows/Boot/DVD/EFI/boot.sdi"
cp "$tool" "$c/windows/system32/bcdedit.exe"
export TS_FAKE_TOOLS=C:/windows/system32 TS_FAKE_CODE=0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout key.pem \
    -out "$c/ts/pki/root.pem" 2>/dev/null
printf '<site><source url="https://127.0.0.1:1/"/><trust file="pki/root.pem"/></site>' >"$c/ts/site.xml"
say() { # NAME TEXT
    printf '<step type="SMS_TaskSequence_RunCommandLineAction" name="%s" successCodeList="0"><action>smsswd.exe /run: ' "$1"
    printf 'cmd.exe /c echo %s&gt;&gt;C:\\note.txt</action></step>\n' "$2"
}
restart() {
    printf '<step type="SMS_TaskSequence_RebootAction" name="Restart" successCodeList="0"><action>smsboot.exe '
    printf '/target:WinPE</action><defaultVarList><variable name="SMSRebootTarget" property="Target">WinPE</variable>'
    printf '</defaultVarList></step>\n'
}
set_target() {
    printf '<step type="SMS_TaskSequence_SetVariableAction" name="Target" successCodeList="0"><action>tsenv.exe</action>'
    printf '<defaultVarList><variable name="VariableName">OSDTargetSystemDrive</variable>'
    printf '<variable name="VariableValue">C:</variable></defaultVarList></step>\n'
}
{
    echo '<sequence version="3.10">'
    say First "1 %Word% %_SMSTSInWinPE%"
    restart
    say Second "2 %Word% %_SMSTSInWinPE% %_TaskseqSite%"
    set_target
    restart
    say Third "3 %Word% %_SMSTSInWinPE%"
    echo '</sequence>'
} >"$c/ts/seq.xml"
cp "$exe" "$c/ts/taskseq.exe"
taskseq() { # STATUS ARGUMENTS...
    local want=$1 status=0
    shift
    timeout 120 "$wine" --prefix "$prefix" --run 'C:\ts\taskseq.exe' "$@" >out 2>&1 || status=$?
    [ $status -eq "$want" ] || fail "taskseq $*: status $status, not $want"
}

# --- The full Windows: without a boot image the run is refused, nothing is staged.
start=(run 'C:\ts\seq.xml' --work 'C:\w' --site 'C:\ts\site.xml' --var Word=kept)
taskseq 68 "${start[@]}"
grep -q 'no boot image is known' out || fail "not refused for want of a boot image"
[ ! -e "$c/note.txt" ] || fail "a step ran"
# A file that a user has put there stays that user's, whatever is copied onto it.
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$c/_SMSTaskSequence/WinPE"
    echo theirs >"$c/_SMSTaskSequence/WinPE/boot.wim"
    chown 12345 "$c/_SMSTaskSequence/WinPE/boot.wim"
    taskseq 1 "${start[@]/#C:\\w/C:\\users-file}" --var 'TSBootImage=C:\pe\boot.wim'
    grep -q "boot.wim' belongs to a user who is no administrator" out || fail "a user's file was taken for the image"
    [ ! -e "$c/windows/system32/log" ] || fail "bcdedit.exe was called"
    rm -rf "$c/_SMSTaskSequence" "$c/users-file" "$c/note.txt"
fi
taskseq 3 "${start[@]}" --var 'TSBootImage=C:\pe\boot.wim'
run=$c/_SMSTaskSequence/WinPE/run
cmp "$c/pe/boot.wim" "$c/_SMSTaskSequence/WinPE/boot.wim" || fail "the image was not staged"
cmp "$c/windows/Boot/DVD/EFI/boot.sdi" "$c/_SMSTaskSequence/WinPE/boot.sdi" || fail "boot.sdi was not staged"
[ "$(grep -c '^bcdedit.exe' "$c/windows/system32/log")" -eq 13 ] || fail "calls of bcdedit.exe"
grep -q '</set> <.*> <osdevice> <ramdisk=\[C:\]\\_SMSTaskSequence\\WinPE\\boot.wim,{' "$c/windows/system32/log" || fail "osdevice"
tail -n 1 "$c/windows/system32/log" | grep -q '</bootsequence>' || fail "the entry is not for the next start"
cmp "$c/ts/pki/root.pem" "$run/site/pki/root.pem" || fail "the site's certificate did not come along"
taskseq 78 resume --work 'C:\w'
grep -q "goes on elsewhere, from 'C:/_SMSTaskSequence/WinPE/run'" out || fail "the run can be resumed twice"

# --- Windows PE. What it began with is gone: another drive, other memory.
rm -r "$c/w" "$c/ts/seq.xml" "$c/ts/site.xml" "$c/ts/pki"
"$wine" --prefix "$prefix" --run reg add 'HKLM\SYSTEM\CurrentControlSet\Control\MiniNT' /f >/dev/null
taskseq 3 boot
[ ! -e "$c/_SMSTaskSequence/WinPE/boot.wim" ] || fail "the boot image was left on the disk"
[ -s "$run/journal.log" ] || fail "the run does not wait for the second Windows PE"
find "$c/_SMSTaskSequence" -mindepth 1 -maxdepth 1 ! -name WinPE ! -name Logs -exec rm -r {} +
taskseq 0 boot
[ ! -e "$c/_SMSTaskSequence/WinPE" ] || fail "the run was left on the disk"
tr -d '\r' <"$c/note.txt" >note
printf '1 kept false\n2 kept true C:/_SMSTaskSequence/site/site.xml\n3 kept true\n' | cmp - note || fail "note.txt: $(cat note)"
log=$c/_SMSTaskSequence/Logs/Smstslog/smsts.log
for step in First Second Third; do
    grep -aq "$step" "$log" || fail "step $step is not in the log"
done
echo "restart-pe.sh: three systems, one run, one log"
