#!/bin/bash
# deploy.sh PROGRAM SOURCE - the shipped sequence from a blank disk to the hand-over to Windows: on
# an image file of 8 GB, content published with the program, served by nginx over HTTPS with a
# private authority and client certificates. Then the tools of others look at the disk.
# shellcheck disable=SC1091,SC2154
source=$(realpath "${2:?usage: deploy.sh PROGRAM SOURCE}")
. "$source/tests/net/lib.sh"
. "$source/tests/e2e/windows_tree.sh"
. "$source/tests/e2e/look.sh"
need nginx openssl python3 jq sfdisk wimlib-imagex ntfscat ntfsls ntfsinfo ntfssecaudit mdir mtype hivexsh hivexget xmllint
make_authority
leaf good 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf signer 'extendedKeyUsage=codeSigning\n'
leaf client 'extendedKeyUsage=clientAuth\n'
openssl pkcs12 -export -in "$work/client.pem" -inkey "$work/client.key" -certfile "$work/int.pem" \
    -out "$work/client.pfx" -passout pass:pw
printf 'pw\n' >"$work/pw"

# --- Content ----------------------------------------------------------------------------------
windows_tree "$work/tree"
mkdir "$work/os"
windows_wim "$work/tree" "$work/os/install.wim" "Windows 11 Pro"
"$program" publish package --repo "$work/repo" --id TSQ00001 --version 1 --name "Windows 11" "$work/os" >/dev/null
mkdir -p "$work/drivers"
"$program" publish package --repo "$work/repo" --id TSQ00003 --version 1 --name "Drivers" "$source/tests/e2e/drivers" >/dev/null
"$program" publish deployment --repo "$work/repo" --id D0000001 --name "Install Windows" \
    "$source/sequences/install-windows.xml" >/dev/null
"$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null
tls_server repo "$work/good.chain.pem" "$work/good.key" \
    "ssl_client_certificate $work/chain.pem; ssl_verify_client on; ssl_verify_depth 2;"
cat >"$work/site.xml" <<XML
<site>
  <source url="$url" auth="client-certificate"/>
  <trust file="chain.pem"/>
  <signer file="root.pem"/>
  <revocation mode="off"/>
  <client-certificate file="client.pfx" password-file="pw"/>
</site>
XML

# --- The run ----------------------------------------------------------------------------------
truncate -s 8G "$work/disk.img"
password='P&ss <w0rd> "%100% é;'
printf 'OSDLocalAdminPassword=%s\n' "$password" >"$work/secrets.vars"
# 8 GB are less than the sequence wants for a real machine; the network of a test is loopback.
variables=(--var OSDComputerName=PC-E2E --var OSDFreeDiskSpace=7000
    --var OSDCheckNetworkConnected=false --vars "$work/secrets.vars")
printf 'MZ a program for Windows' >"$work/taskseq.exe"
run=("$program" run "$source/sequences/install-windows.xml" --site "$work/site.xml" --phase winpe --agent "$work/taskseq.exe"
    "${variables[@]}")
expect "the run ends at the restart into Windows" 3 "" \
    "${run[@]}" --disk 0="$work/disk.img" --work "$work/run" --log "$work/log" --verify \
    --events "$work/events.jsonl"

# --- Partitions --------------------------------------------------------------------------------
disk=$work/disk.img
sfdisk -q --verify "$disk" 2>/dev/null && ok "sfdisk finds no fault" || bad "sfdisk --verify"
same "$(sfdisk -J "$disk" | jq -r '[.partitiontable.partitions[].type[0:8]] | join(" ")')" \
    "C12A7328 E3C9E316 EBD0A0A2 DE94BBA4" "EFI, reserved, Windows and recovery partition"
same "$(part "$disk" 1 size) $(part "$disk" 2 size)" "$((260 * 2048)) $((16 * 2048))" "sizes"
take_part "$disk" 3 "$work/volume"
has "$(ntfsinfo -fm "$work/volume" 2>/dev/null)" "Volume Name: Windows" "ntfsinfo reads the volume"
ntfsfix -n "$work/volume" >/dev/null && ok "ntfsfix finds no fault" || bad "ntfsfix"

# --- Files -------------------------------------------------------------------------------------
mkdir "$work/back"
wimlib-imagex capture "$work/volume" "$work/back.wim" back --compress=none >/dev/null &&
    wimlib-imagex apply "$work/back.wim" "$work/back" >/dev/null || bad "wimlib cannot read the volume"
diff -rq "$work/tree" "$work/back" >"$work/differ"
same "$(grep -v '^Only in .*back' "$work/differ")" "" "every file of the image is on the volume"
same "$(stat -c %h "$work/back/Windows/hard link.txt")" 2 "a hard link is one"
ntfscat -f "$work/volume" Windows/System32/ntoskrnl.exe | cmp - "$work/tree/Windows/System32/ntoskrnl.exe" ||
    bad "ntfscat reads other bytes"
has "$(ntfsls -f -p Windows "$work/volume")" "Panther" "ntfsls"

# --- Start -------------------------------------------------------------------------------------
has "$(esp mdir "$disk" -b -/ ::/ | tr '[:upper:]' '[:lower:]')" "::/efi/microsoft/boot/en-us/bootmgfw.efi.mui" "boot files"
esp mtype "$disk" ::/EFI/Boot/bootx64.efi | cmp - "$work/tree/Windows/Boot/EFI/bootmgfw.efi" &&
    esp mtype "$disk" ::/EFI/Microsoft/Boot/bootmgfw.efi | cmp - "$work/tree/Windows/Boot/EFI/bootmgfw.efi" &&
    ok "boot manager, also where firmware looks without an entry" || bad "boot manager"
esp mcopy "$disk" ::/EFI/Microsoft/Boot/BCD "$work/BCD"
manager='Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements'
loader=$(hivexget "$work/BCD" "$manager\\23000003" Element)
has "$(hive_bytes "$work/BCD" "$manager\\11000001" Element)" "$(guid_bytes "$(part "$disk" 1 uuid)")" \
    "the boot manager's device is the EFI partition"
device=$(hive_bytes "$work/BCD" "Objects\\$loader\\Elements\\21000001" Element)
has "$device" "$(guid_bytes "$(part "$disk" 3 uuid)")" "the loader's device is the Windows partition"
has "$device" "$(guid_bytes "$(sfdisk -J "$disk" | jq -r .partitiontable.id)")" "... of this disk"
same "$(hivexget "$work/BCD" "Objects\\$loader\\Elements\\12000002" Element)" \
    '\Windows\system32\winload.efi' "the loader's path"

# --- Answer file -------------------------------------------------------------------------------
answer=$work/unattend.xml
ntfscat -f "$work/volume" Windows/Panther/unattend.xml >"$answer"
xmllint --noout "$answer" && ok "the answer file is XML" || bad "the answer file is no XML"
same "$(setting "$answer" specialize Shell-Setup ComputerName)" PC-E2E "computer name"
same "$(setting "$answer" specialize Shell-Setup TimeZone)" "W. Europe Standard Time" "time zone"
same "$(setting "$answer" specialize UnattendedJoin Identification/JoinWorkgroup)" FIELD "workgroup"
same "$(setting "$answer" oobeSystem International-Core UILanguage)" en-US "language"
same "$(setting "$answer" oobeSystem Shell-Setup UserAccounts/AdministratorPassword/Value | base64 -d |
    iconv -f UTF-16LE -t UTF-8)" "${password}AdministratorPassword" "the administrator's password"
same "$(setting "$answer" oobeSystem Shell-Setup UserAccounts/AdministratorPassword/PlainText)" false \
    "... is not in clear"
xml "$answer" "//*[local-name()='component']/@processorArchitecture" | grep -qv amd64 &&
    bad "another architecture in the answer file" || ok "architecture"
secret=$(grep -rlaF -- "$password" "$work/run" "$work/log" "$work/events.jsonl")
same "$secret" "" "no log and no journal has the password"

# --- The agent ---------------------------------------------------------------------------------
mkdir "$work/agent"
wimlib-imagex extract "$work/back.wim" 1 /_SMSTaskSequence /Windows/Setup --dest-dir="$work/agent" \
    --no-acls >/dev/null || bad "no agent on the volume"
(cd "$work/agent/_SMSTaskSequence" && find . -type f ! -name '*.log' ! -path './steps/*' | LC_ALL=C sort) >"$work/agent.files"
# rights: ntfssecaudit shows the list of Windows as a mode, its owner's rights first
rights() { ntfssecaudit "$work/volume" "$1" 2>/dev/null | grep -oE 'owner S-1-[0-9-]+|mode 0[0-7]+' | tr '
' ' '; }
same "$(rights /_SMSTaskSequence/journal.key)" "owner S-1-5-32-544 mode 0700 " "the key is for the system and administrators"
same "$(rights /_SMSTaskSequence/taskseq.exe)" "owner S-1-5-32-544 mode 0700 " "... and so is the program"
same "$(rights /Windows/Panther/unattend.xml)" "owner S-1-5-32-544 mode 0700 " "... and the answer file"
same "$(rights /Windows/Setup/Scripts/SetupComplete.cmd)" "owner S-1-5-32-544 mode 0755 " "users may read what is no secret"
same "$(tr '\n' ' ' <"$work/agent.files")" "./journal.key ./sequence/install-windows.xml \
./site/chain.pem ./site/client.pfx ./site/pw ./site/root.pem ./site/site.xml ./taskseq.exe " \
    "the agent has program, journal, sequence and site"
cmp "$work/taskseq.exe" "$work/agent/_SMSTaskSequence/taskseq.exe" || bad "the program differs"
cmp "$source/sequences/install-windows.xml" "$work/agent/_SMSTaskSequence/sequence/install-windows.xml" ||
    bad "the sequence differs"
same "$(tr -d '\r' <"$work/agent/Setup/Scripts/SetupComplete.cmd")" \
    '"%SystemDrive%\_SMSTaskSequence\taskseq.exe" agent install' "Windows Setup starts it"
has "$(cat "$work/agent/_SMSTaskSequence/Logs/Smstslog/smsts.log")" "Set up Windows" "the log came along"
secret=$(grep -rlaF -- "$password" "$work/agent/_SMSTaskSequence")
same "$secret" "" "... without the password"
expect "the run goes on there only" 78 "goes on elsewhere, from 'C:/_SMSTaskSequence'" "$program" resume --work "$work/run"

# --- Simulation --------------------------------------------------------------------------------
# A profile of this machine with the blank disk: the same steps, results and changes.
mkdir "$work/blank"
truncate -s 8G "$work/blank/disk.img"
"$program" machine capture --phase winpe --disk 0="$work/blank/disk.img" -o "$work/this.json" ||
    bad "machine capture --disk"
jq --argjson bytes "$(wimlib-imagex info "$work/os/install.wim" 1 | awk '/Total Bytes/ {print $3}')" \
    '.images = [{file: "TSQ00001", bytes: $bytes, os: {name: "Windows 11 Pro",
        version: "10.0.22631", edition: "Professional", language: "en-US", architecture: "x64"}}]' \
    "$work/this.json" >"$work/machine.json"
"$program" simulate "$source/sequences/install-windows.xml" --machine "$work/machine.json" \
    "${variables[@]}" --var TSVerifyImage=true --json "$work/simulated.json" >/dev/null || bad "simulate"
jq -r 'select(.event == "step.end" or .event == "skip") | select(.node.type) |
    "\(.node.path) \(.outcome)"' "$work/events.jsonl" >"$work/real.steps"
jq -r '.machines[0].steps[] | select(.kind == "step") | "\(.path) \(.outcome)"' \
    "$work/simulated.json" | sed '/Set up Windows/q' >"$work/simulated.steps"
diff "$work/real.steps" "$work/simulated.steps" && ok "the simulation takes the same steps" ||
    bad "the simulation takes other steps"
# The agent's own files are what a simulated machine does not have.
effects() { sed "s|'[^']*/TSQ00001/|'TSQ00001/|; /^[^i].*\(_SMSTaskSequence\|Setup.Scripts\)/d"; }
jq -r 'select(.event == "effect") | .text' "$work/events.jsonl" | effects >"$work/real.effects"
jq -r '.machines[0].steps[].notes[]? | select(.kind == "effect") | .text' "$work/simulated.json" |
    effects | sed '/^restart into/q' >"$work/simulated.effects"
diff "$work/real.effects" "$work/simulated.effects" && ok "... and makes the same changes" ||
    bad "the simulation makes other changes"
same "$(grep -c ^wipe "$work/real.effects")" 1 "one wipe: the empty volume is not formatted again"
has "$(cat "$work/real.effects")" "and read it back" "the image was read back"
finish
