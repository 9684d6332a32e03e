#!/bin/bash
# check-imports.sh EXE - fails when the program imports a DLL that WinPE does not have in its smallest form.
set -euo pipefail

readonly IN_WINPE='advapi32 bcrypt crypt32 gdi32 iphlpapi kernel32 msvcrt netapi32 ole32 oleaut32 secur32
    setupapi shell32 user32 version ws2_32'

[ $# -eq 1 ] || { echo "usage: check-imports.sh EXE" >&2; exit 2; }
# llvm's reads x64 and ARM64 programs, that of MinGW only x64.
objdump=$(command -v llvm-objdump || command -v x86_64-w64-mingw32-objdump) ||
    { echo "check-imports.sh: no objdump for Windows programs: install binutils-mingw-w64-x86-64 or llvm" >&2; exit 2; }
imports=$("$objdump" -p "$1" | sed -n 's/^[[:space:]]*DLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort -u)
[ -n "$imports" ] || { echo "check-imports.sh: '$1' imports nothing: is it a Windows program?" >&2; exit 1; }
status=0
for dll in $imports; do
    name=${dll%.dll}
    case $name in api-ms-win-crt-*) continue ;; esac # the C run-time of Windows 10 and its WinPE
    if ! grep -qw -- "$name" <<< "$IN_WINPE"; then
        echo "check-imports.sh: '$1' imports $dll, which WinPE need not have" >&2
        status=1
    fi
done
echo "$imports" | paste -sd' '
exit $status
