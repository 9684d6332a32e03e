#!/bin/bash
# bad-input.sh EXE - what goes wrong on real machines: no right to write, read-only media, a full RAM disk, a share and
# a drive that are gone, a Windows PE without WMI. Each must end, or go on, with the number and text of Windows and what
# to do next. In a Wine prefix of its own: it loses a drive and a part of its registry. The read-only medium and the
# RAM disk need the right to mount; without it these cases are left out, and the test says so.
set -u
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
wine=$here/../../cmake/windows/wine-env.sh
work=$(mktemp -d)
prefix=$work/prefix
finish() {
    "$wine" --prefix "$prefix" --stop 2>/dev/null
    umount "$work/ram" "$work/ro" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
unset TASKSEQ_SOCKET
bad=0
cd "$work" || exit 1
wine_run() { "$wine" --prefix "$prefix" --run "$@"; }

# expect STATUS 'words|words' ARGUMENTS: runs the program; each of the words is in its output.
expect() {
    local want=$1 words=$2 status=0 word
    shift 2
    wine_run "$exe" "$@" >out 2>&1 || status=$?
    [ "$status" -eq "$want" ] || { echo "status $status instead of $want: $*"; tail -n 5 out; bad=1; }
    while IFS= read -r word; do
        grep -qF -- "$word" out || { echo "no '$word': $*"; tail -n 5 out; bad=1; }
    done <<<"${words//|/$'\n'}"
}

{
    echo '<sequence version="3.10">'
    for i in $(seq 200); do
        echo "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"Set $i\"><action>tsenv.exe \"V$i=$i\"</action>" \
            "<defaultVarList><variable name=\"VariableName\" property=\"VariableName\">V$i</variable>" \
            "<variable name=\"VariableValue\" property=\"VariableValue\">$i</variable></defaultVarList></step>"
    done
    echo '</sequence>'
} >many.xml
cat >wmi.xml <<'XML'
<sequence version="3.10"><step type="SMS_TaskSequence_RunCommandLineAction" name="Say" successCodeList="0">
<action>smsswd.exe /run: cmd.exe /c exit 0</action><condition>
<expression type="SMS_TaskSequence_WMIConditionExpression"><variable name="Namespace">root\cimv2</variable>
<variable name="Query">SELECT * FROM Win32_ComputerSystem</variable></expression></condition></step></sequence>
XML
wine_run cmd /c "exit 0" >/dev/null 2>&1 || { echo "no Wine prefix"; exit 1; }

# No right: nobody may make files in /sys, root included.
expect 71 "cannot make folder 'Z:/sys/taskseq': access denied (win32 5)|Check run-as, share and file rights" \
    run many.xml --work Z:/sys/taskseq
expect 71 "access denied (win32 5)" run many.xml --work 'C:\w1' --log Z:/sys/taskseq

# A share whose server is gone (Windows: 53 or 67, Wine: 3), a drive letter without a drive.
expect 66 "cannot open '\\\\server.invalid\\share\\seq.xml'|(win32 |Check " run '\\server.invalid\share\seq.xml'
expect 66 "cannot make folder '//server.invalid/share/w'|(win32 |Check " run many.xml --work '\\server.invalid\share\w'
expect 66 "cannot open 'N:\\seq.xml'|(win32 |package is referenced" run 'N:\seq.xml'
# A drive that goes away: it was connected, and what is behind it is no more.
mkdir share
cp many.xml share
ln -s "$work/share" "$prefix/dosdevices/n:"
expect 0 "succeeded" run 'N:\many.xml' --work 'C:\w2'
rm -r share
expect 66 "cannot open 'N:\\many.xml'|(win32 " run 'N:\many.xml' --work 'C:\w3'

# Paths of 300 characters, and values that a command line or a code page might change.
odd='a "b" %PATH% ^& ü 😀'
deep=$(printf "%049dü/" 0 0 0 0 0 0)
deep=${deep%/}
mkdir -p "$deep"
cat >"$deep/say.xml" <<'XML'
<sequence version="3.10"><step type="SMS_TaskSequence_RunCommandLineAction" name="Say" successCodeList="0">
<action>smsswd.exe /run: "%Program%" var get Odd</action></step></sequence>
XML
expect 0 "succeeded" run "$deep/say.xml" --work "C:/$deep/w" --log "C:/$deep/l" \
    --var "Program=Z:$exe" --var "Odd=$odd"
grep -qaF -- "$odd" "$prefix/drive_c/$deep/l/smsts.log" || { echo "'$odd' did not come back"; bad=1; }
expect 0 "succeeded" run "$deep/say.xml" --work "C:/w %PATH% ^& ü 😀" --var "Program=Z:$exe" --var "Odd=$odd"
expect 66 "cannot open '$deep/gone.xml'|(win32 " run "$deep/gone.xml"

# No WMI, as in a Windows PE without its component: the class that connects to it is not registered.
expect 0 "succeeded" run wmi.xml --work 'C:\w4'
wine_run reg delete 'HKCR\CLSID\{4590F811-1D3A-11D0-891F-00AA004B2E24}' /f >/dev/null 2>&1
expect 0 "this Windows has no WMI (the component of Windows PE is WinPE-WMI)|counts as false" \
    run wmi.xml --work 'C:\w5'

mkdir ram ro
if mount -t tmpfs -o ro,size=64k none ro 2>/dev/null && mount -t tmpfs -o size=1m none ram 2>/dev/null; then
    ln -s "$work/ram" "$prefix/dosdevices/r:"
    ln -s "$work/ro" "$prefix/dosdevices/s:"
    # Wine says "access denied" of a folder on such a medium, and 19 of a file.
    expect 71 "cannot make folder 'S:/w'|(win32 " run many.xml --work 'S:\w'
    # The log alone is full: the run goes on, and says at its end what is missing.
    head -c 1000000 /dev/zero >ram/filler
    expect 0 "succeeded|lines of 'R:/l/smsts.log' were lost|disk is full (win32 112)" \
        run many.xml --work 'C:\w6' --log 'R:\l'
    # The journal is full: what is done next could not be resumed, so nothing more is done.
    rm -rf ram/l
    expect 71 "disk is full (win32 112)|RAM disk (X:)|free space" run many.xml --work 'R:\w' --log 'C:\l7'
else
    echo "NOT TESTED: a read-only medium and a full RAM disk, which need the right to mount"
fi
[ $bad -eq 0 ] && echo "bad input: every case as it should be"
exit $bad
