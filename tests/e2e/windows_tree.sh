# windows_tree.sh - sourced: a small tree that looks like an installed Windows to who deploys it.
# Nothing in it is Microsoft's.
# shellcheck shell=bash

# fill_hive FILE: commands of hivexsh from standard input
fill_hive() {
    python3 "$(dirname "${BASH_SOURCE[0]}")/hive.py" "$1"
    (cat && echo commit) | hivexsh -w "$1"
}

windows_tree() { # FOLDER
    local tree=$1 config=$1/Windows/System32/config
    mkdir -p "$config" "$tree/Windows/Boot/EFI/en-US" "$tree/Windows/Boot/Fonts" \
        "$tree/Windows/Boot/Resources/en-US" "$tree/Windows/INF" "$tree/Users/Public" \
        "$tree/Program Files/Common Files" "$tree/ProgramData"
    fill_hive "$config/SYSTEM" <<'H'
add Select
cd Select
setval 3
Current
dword:1
Default
dword:1
LastKnownGood
dword:1
cd \
add ControlSet001
cd ControlSet001
add Services
cd \
add Setup
cd Setup
setval 4
SystemSetupInProgress
dword:1
OOBEInProgress
dword:1
SetupType
dword:2
CmdLine
string:oobe\windeploy.exe
H
    fill_hive "$config/SOFTWARE" <<'H'
add Microsoft
cd Microsoft
add Windows
cd Windows
add CurrentVersion
cd CurrentVersion
setval 1
DevicePath
expandstring:%SystemRoot%\inf
H
    for hive in DEFAULT SAM SECURITY; do fill_hive "$config/$hive" </dev/null; done
    printf 'MZ boot manager' >"$tree/Windows/Boot/EFI/bootmgfw.efi"
    printf 'MZ memory test' >"$tree/Windows/Boot/EFI/memtest.efi"
    printf 'words' >"$tree/Windows/Boot/EFI/en-US/bootmgfw.efi.mui"
    printf 'font' >"$tree/Windows/Boot/Fonts/wgl4_boot.ttf"
    printf 'picture' >"$tree/Windows/Boot/Resources/bootres.dll"
    head -c 8000000 /dev/urandom >"$tree/Windows/System32/ntoskrnl.exe"
    seq 1 400000 >"$tree/Windows/System32/numbers.txt"
    cp "$tree/Windows/System32/numbers.txt" "$tree/Windows/System32/again.txt"
    ln "$tree/Windows/System32/numbers.txt" "$tree/Windows/hard link.txt"
    : >"$tree/Windows/empty.dat"
    printf 'ü' >"$tree/Users/Public/Ünïcödé 日本語.txt"
    for i in $(seq 300); do echo "file $i" >"$tree/Windows/INF/file$i.inf"; done
}

# windows_wim TREE WIM NAME [ARCH [OPTIONS...]]: ARCH is PROCESSOR_ARCHITECTURE_*, 9 is x64
windows_wim() {
    local tree=$1 wim=$2 name=$3 arch=${4:-9}
    shift $(($# > 4 ? 4 : $#))
    wimlib-imagex capture "$tree" "$wim" "$name" --compress=XPRESS \
        --image-property WINDOWS/ARCH="$arch" --image-property WINDOWS/EDITIONID=Professional \
        --image-property WINDOWS/VERSION/MAJOR=10 --image-property WINDOWS/VERSION/MINOR=0 \
        --image-property WINDOWS/VERSION/BUILD=22631 --image-property WINDOWS/VERSION/SPBUILD=2428 \
        --image-property WINDOWS/LANGUAGES/DEFAULT=en-US "$@" >/dev/null
}
