#!/bin/bash
# com.sh EXE - scripts use Microsoft.SMS.TSEnvironment and TSProgressUI under Wine's script host (JScript and
# VBScript), also when a step ran another sequence in between; when the run is over nothing of them is registered.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
wine=$(realpath "$here/../../cmake/windows/wine-env.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset TASKSEQ_SOCKET
fail() { echo "com.sh: $*" >&2; cat out; tail -n 20 work/logs/smsts.log; exit 1; }
step() { # NAME COMMAND
    printf '<step type="SMS_TaskSequence_RunCommandLineAction" name="%s" successCodeList="0"><action>smsswd.exe /run: %s</action></step>\n' "$@"
}
{
    echo '<sequence version="3.10">'
    echo '<step type="SMS_TaskSequence_SetVariableAction" name="Pin"><action>tsenv.exe "Pin=s3cret" /hiddenflag:True</action></step>'
    step JScript "cscript.exe //nologo test.js"
    step Inner "taskseq run inner.xml --work inner"
    step VBScript "cscript.exe //nologo test.vbs"
    step After "cmd.exe /c &quot;taskseq var get Seen&amp;taskseq var get FromScript&amp;taskseq var get FromVb&quot;"
    echo '</sequence>'
} >s.xml
{ echo '<sequence version="3.10">'; step Nothing "cmd.exe /c exit"; echo '</sequence>'; } >inner.xml
cp "$here"/com/* .
"$wine" --run "$exe" run s.xml --work work --var Colour=blue >out 2>&1 || fail "the run failed"
log=work/logs/smsts.log
says() { grep -qaF -- "$1" "$log" || fail "the log does not say '$1'"; }
says 'value=blue;default=blue;missing=[];secret=***;refused=true;bad name refused;no such member'
says 'a "b" ü中'
says 'FromScript'
says 'TSProgressUI: Doing it (3 of 7)'
says 'TSProgressUI: Copying (3 of 7): file 5'
says 'TSProgressUI: a message'
says 'TSProgressUI: error: it broke (1603)'
grep -qa 'scripts: process [0-9]* runs a task sequence on this machine too' inner/logs/smsts.log || fail "the inner run does not say that it has no objects"
if "$wine" --run reg query 'HKCR\Microsoft.SMS.TSEnvironment' >out 2>&1; then fail "the name is still registered"; fi
if "$wine" --run reg query 'HKCR\CLSID\{6F0D4D35-0F5A-4C40-9A66-1FA2305C5101}' >out 2>&1; then fail "the class is still registered"; fi
echo "com.sh: JScript and VBScript read, wrote, listed and told"
