#!/bin/bash
# deploy_cases.sh PROGRAM SOURCE - deployments on image files that must not begin, or fail on the
# way: what is said, and that a disk that need not be touched was not touched. And drivers.
# Content comes from a folder.
# shellcheck disable=SC1091,SC2154,SC2317
source=$(realpath "${2:?usage: deploy_cases.sh PROGRAM SOURCE}")
. "$source/tests/net/lib.sh"
. "$source/tests/e2e/windows_tree.sh"
. "$source/tests/e2e/look.sh"
need openssl python3 jq sfdisk wimlib-imagex ntfscat ntfsls hivexsh hivexget
make_authority
leaf signer 'extendedKeyUsage=codeSigning\n'

# --- Content ----------------------------------------------------------------------------------
publish() { # ID FOLDER
    "$program" publish package --repo "$work/repo" --id "$1" --version 1 "$2" >/dev/null || exit 1
}
sign() {
    "$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" \
        --key "$work/signer.key" >/dev/null || exit 1
}
windows_tree "$work/tree"
mkdir "$work/good" "$work/arm" "$work/damaged" "$work/empty" "$work/answers"
windows_wim "$work/tree" "$work/good/install.wim" "Windows 11 Pro"
windows_wim "$work/tree" "$work/arm/install.wim" "Windows 11 Pro" 12
# Too large to be fetched for a look: its directory is read out of the source.
mkdir "$work/large" "$work/cut"
cp -r "$work/tree" "$work/larger"
head -c 20000000 /dev/urandom >"$work/larger/Windows/more.bin"
windows_wim "$work/larger" "$work/large/install.wim" "Windows 11 Pro" 12
head -c 19000000 "$work/large/install.wim" >"$work/cut/install.wim"
head -c 3000000 "$work/good/install.wim" >"$work/damaged/install.wim"
echo nothing >"$work/empty/readme.txt"
echo '<unattend>' >"$work/answers/unattend.xml"
publish TSQ00001 "$work/good"
publish TSQ00003 "$source/tests/e2e/drivers"
publish ARM00001 "$work/arm"
publish DAMAGED1 "$work/damaged"
publish LARGE001 "$work/large"
publish CUT00001 "$work/cut"
publish EMPTY001 "$work/empty"
publish ANSWERS1 "$work/answers"
sign
cat >"$work/site.xml" <<XML
<site><source url="$work/repo"/><signer file="root.pem"/></site>
XML
printf 'MZ a program for Windows' >"$work/taskseq.exe"

# --- The shipped sequence, changed ---------------------------------------------------------------
sequence=$source/sequences/install-windows.xml
n=0
# run OPTIONS...: on a fresh disk of $size; with $sequence
deploy() {
    rm -rf "$work/disk.img" "$work/run" "$work/log" "$work/events"
    truncate -s "${size:-8G}" "$work/disk.img"
    "$program" run "$sequence" --disk 0="$work/disk.img" --site "$work/site.xml" --phase winpe \
        --work "$work/run" --log "$work/log" --events "$work/events" --agent "$work/${agent:-taskseq.exe}" \
        --var OSDComputerName=PC-E2E --var OSDFreeDiskSpace=1000 --var OSDLocalAdminPassword=x \
        --var OSDCheckNetworkConnected=false "$@"
}
# refused NAME TEXT OPTIONS...: before the disk is touched
refused() {
    local name=$1 text=$2
    shift 2
    expect "$name" 68 "$text" deploy "$@"
    [ "$(stat -c %b "$work/disk.img")" = 0 ] && ok "... and the disk was not touched" ||
        bad "$name: the disk was touched"
}
# with PATTERN REPLACEMENT: the sequence, changed, in $sequence
with() {
    sed "s|$1|$2|g" "$source/sequences/install-windows.xml" >"$work/changed.xml"
    cmp -s "$source/sequences/install-windows.xml" "$work/changed.xml" && bad "nothing was changed: $1"
    sequence=$work/changed.xml
}

refused "image index that is not there" "has no image '7'; it holds 1 'Windows 11 Pro'" --var OSDImageIndex=7
refused "edition that is not there" "has no image 'Education'" --var OSDImageIndex=Education
with TSQ00001 ARM00001
refused "image for another processor" "the image is for arm64, and this machine is X64"
with TSQ00001 DAMAGED1
refused "damaged image" "install.wim"
with TSQ00001 LARGE001
refused "large image for another processor" "the image is for arm64, and this machine is X64"
refused "index that is not in a large image" "has no image '7'" --var OSDImageIndex=7
with TSQ00001 CUT00001
refused "damaged large image" "install.wim"
with TSQ00001 EMPTY001
refused "package without image" "no .wim, .esd or .swm file is in the package"
with TSQ00001 MISSING1
refused "package that nobody has" "MISSING1"
with '<variable name="OSDImageIndex"' '<variable name="ConfigFilePackage">ANSWERS1</variable><variable name="OSDImageIndex"'
refused "answer file that is no XML" "unattend.xml"
sequence=$source/sequences/install-windows.xml
size=1300M refused "disk too small for the image" "MiB"
size=200M refused "disk too small for the partitions" "too small for this layout"
refused "bad computer name" "OSDComputerName" --var "OSDComputerName=a name that no Windows takes"
with 'W. Europe Standard Time' 'Nowhere Time'
refused "unknown time zone" "Nowhere Time"
sequence=$source/sequences/install-windows.xml
agent=nothing.exe refused "no agent for the new Windows" "nothing.exe"
with '"DiskType">BASIC' '"DiskType">DYNAMIC'
refused "dynamic disk" "dynamic disks"
[ "$(id -u)" != 0 ] || echo "as root: no test of an image file that may not be written"

# --- On the way -------------------------------------------------------------------------------
step() { # TYPE NAME ACTION VARIABLES
    printf '<step type="SMS_TaskSequence_%s" name="%s"><action>%s</action><defaultVarList>' "$1" "$2" "$3"
    printf '%s</defaultVarList></step>' "$4"
}
value() { printf '<variable name="%s" property="%s">%s</variable>' "$1" "${3:-$1}" "$2"; }
partition=$(step PartitionDiskAction Partition osddiskpart.exe \
    "$(value OSDDiskIndex 0)$(value OSDPartitionStyle GPT)$(value OSDPartitions 3
    )$(value OSDPartitions0Type EFI)$(value OSDPartitions0FileSystem FAT32)$(value OSDPartitions0Size 100
    )$(value OSDPartitions1Type MSR)$(value OSDPartitions1Size 16
    )$(value OSDPartitions2Type Primary)$(value OSDPartitions2FileSystem NTFS
    )$(value OSDPartitions2VolumeLetterVariable OSDisk)")
apply=$(step ApplyOperatingSystemAction Apply "OSDApplyOS.exe /image:TSQ00001,1" \
    "$(value ImagePackageID TSQ00001)$(value OSDImageIndex 1)$(value DestinationVariable OSDisk)")
sequence=$work/short.xml

echo "<sequence version=\"3.10\">$partition$(step RunCommandLineAction Lose "rm $work/disk.img" "")$apply</sequence>" \
    >"$sequence"
expect "disk that is gone on the way" 1 "is gone" deploy
[ -e "$work/disk.img" ] && bad "the lost disk was made again" || ok "... and nobody made it again"

echo "<sequence version=\"3.10\">$partition$apply$(step RunCommandLineAction Stop "sh -c &quot;exit 5&quot;" "")</sequence>" \
    >"$sequence"
expect "image is applied, a later step fails" 1 "code 5 (" deploy
take_part "$work/disk.img" 3 "$work/volume"
ntfscat -f "$work/volume" Windows/System32/numbers.txt | cmp - "$work/tree/Windows/System32/numbers.txt" &&
    ok "... what was done stays" || bad "the image is not on the volume"
ntfscat -f "$work/volume" _SMSTaskSequence/Logs/Smstslog/smsts.log >"$work/kept.log"
has "$(tail -n 20 "$work/kept.log")" "Failed to run the action: Stop" "... and so does the log, to its end"

# --- Drivers ----------------------------------------------------------------------------------
drivers=$(step ApplyDriverPackageAction Drivers "osddriverclient.exe /install:TSQ00003" \
    "$(value OSDApplyDriverDriverPackageID TSQ00003 DriverPackageID)")
echo "<sequence version=\"3.10\">$partition$apply$drivers</sequence>" >"$sequence"
expect "driver package" 0 "" deploy
take_part "$work/disk.img" 3 "$work/volume"
ntfscat -f "$work/volume" Drivers/0001/e2e.inf | cmp - "$source/tests/e2e/drivers/e2e.inf" &&
    ok "... is on the volume" || bad "the driver is not on the volume"
ntfscat -f "$work/volume" Windows/System32/config/SOFTWARE >"$work/SOFTWARE"
same "$(hivexget "$work/SOFTWARE" 'Microsoft\Windows\CurrentVersion' DevicePath)" \
    '%SystemRoot%\inf;%SystemDrive%\Drivers\0001' "... and Windows looks for it there"

auto=$(step AutoApplyAction Auto "osdautoapplydrivers.exe" "")
type=$(basename "$("$program" steps | grep -io 'SMS_TaskSequence_[a-z]*auto[a-z]*' | head -n 1)")
auto=${auto/SMS_TaskSequence_AutoApplyAction/$type}
echo "<sequence version=\"3.10\">$partition$apply$auto</sequence>" >"$sequence"
expect "Auto Apply Drivers on an image file adds none, and says so" 0 "" deploy --var TSDriversPackage=TSQ00003
has "$(cat "$work/log/smsts.log")" "the devices of the machine that will start the image file are not known" \
    "... because the machine is not known"

# --- Again ------------------------------------------------------------------------------------
# A volume with an old Windows is wiped before the new one comes; a second partition step too.
echo "<sequence version=\"3.10\">$partition$apply$apply</sequence>" >"$sequence"
expect "applied twice" 0 "" deploy
has "$(jq -r 'select(.event == "effect") | .text' "$work/events")" "wipe volume" "... with a wipe of the volume between"
finish
