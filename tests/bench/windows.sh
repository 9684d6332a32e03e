#!/bin/bash
# windows.sh LINUX-PROGRAM EXE - the Windows program against Wine's own floor in the same run, and memory over 10,000
# steps on both. By hand, on a machine that does nothing else: it prints numbers, and is no test.
set -eu
here=$(dirname "$(realpath "$0")")
linux=$(realpath "$1")
exe=$(realpath "$2")
wine=$here/../../cmake/windows/wine-env.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset TASKSEQ_SOCKET

steps() { # NUMBER ACTION...: a sequence that takes the actions in turn
    local n=$1
    shift
    echo '<sequence version="3.10">'
    for ((i = 0; i < n; i++)); do
        local kind=${*:$((i % $# + 1)):1}
        case $kind in
            set) echo "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"S$i\"><action>tsenv.exe \"V$((i % 50))=value $i\"</action></step>" ;;
            *) echo "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"S$i\" successCodeList=\"0\"><action>smsswd.exe /run: $kind</action></step>" ;;
        esac
    done
    echo '</sequence>'
}
# What every Windows program costs under Wine: the smallest one there is.
printf 'int main(void) { return 0; }\n' >floor.c
x86_64-w64-mingw32-gcc-win32 -O2 -s floor.c -o floor.exe
# The same with the DLLs that the program imports: loading them is Wine's time, too.
dlls=$(x86_64-w64-mingw32-objdump -p "$exe" | sed -n 's/^[[:space:]]*DLL Name: //p' | grep -viE '^(msvcrt|kernel32)\.dll$')
{
    echo '#include <windows.h>'
    echo 'int main(void) {'
    for dll in $dlls; do echo "if (!LoadLibraryA(\"$dll\")) return 1;"; done
    echo 'return 0; }'
} >dlls.c
x86_64-w64-mingw32-gcc-win32 -O2 -s dlls.c -o dlls.exe
steps 1 set >one.xml
ms() { # COMMAND...: milliseconds
    local from to
    from=$(date +%s%N)
    "$@" >/dev/null 2>&1
    to=$(date +%s%N)
    echo $(((to - from) / 1000000))
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
eval "$("$wine")"
"$TASKSEQ_WINE" floor.exe
for i in $(seq 15); do
    rm -rf w
    ms "$TASKSEQ_WINE" floor.exe >>floor
    ms "$TASKSEQ_WINE" dlls.exe >>dlls
    ms "$TASKSEQ_WINE" "$exe" --version >>version
    ms "$TASKSEQ_WINE" "$exe" run one.xml --work w >>first
done
echo "exe: $(stat -c %s "$exe") bytes"
echo "Wine, an empty program: $(median <floor) ms; one that loads the same DLLs: $(median <dlls) ms"
echo "--version: $(median <version) ms; a run of one step: $(median <first) ms"
echo "start to the end of the first step over the DLLs: $(($(median <first) - $(median <dlls))) ms (goal: 50)"

peak() { /usr/bin/env python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"; }
# Against the same file with every step disabled: what the file itself takes is no growth.
for kind in linux windows; do
    case $kind in linux) command=("$linux") more=(--phase full) ;; *) command=("$TASKSEQ_WINE" "$exe") more=() ;; esac
    steps 10000 set set set set set set set set set >on.xml
    sed 's/<step /<step disable="true" /' on.xml >off.xml
    for file in off on; do
        rm -rf w
        echo "$kind, 10,000 steps $file: peak of $(peak "${command[@]}" run $file.xml --work w "${more[@]}") KiB"
    done
done
