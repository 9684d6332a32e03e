#!/bin/bash
# howto.sh PROGRAM SOURCE - the commands of docs/how-to/linux-deploy.md as they stand there, in a
# folder that has what the page asks for. Only the network of a test (loopback) is put in.
# shellcheck disable=SC1091,SC2154
source=$(realpath "${2:?usage: howto.sh PROGRAM SOURCE}")
. "$source/tests/net/lib.sh"
. "$source/tests/e2e/windows_tree.sh"
. "$source/tests/e2e/look.sh"
need openssl python3 jq sfdisk wimlib-imagex ntfscat hivexsh
mkdir "$work/bin" "$work/desk" "$work/desk/images"
ln -s "$real_program" "$work/bin/taskseq"
printf 'MZ a program for Windows' >"$work/taskseq.exe"
export PATH=$work/bin:$PATH
cp "$source/docs/how-to/authority.sh" "$source/sequences/install-windows.xml" "$work/desk"
cp -r "$source/tests/e2e/drivers" "$work/desk"
windows_tree "$work/tree"
windows_wim "$work/tree" "$work/desk/images/install.wim" "Windows 11 Pro"

# commands HEADING: all blocks of shell commands below that heading
commands() {
    awk -v heading="$1" '
        /^## / { here = index($0, heading) > 0 }
        inside && /^```/ { inside = 0 }
        inside { print }
        here && $0 == "```sh" { inside = 1 }' "$source/docs/how-to/linux-deploy.md" |
        sed -e 's/--var OSDComputerName/--var OSDCheckNetworkConnected=false &/' \
            -e "s,^taskseq run,& --agent $work/taskseq.exe,"
}

# step NAME STATUS TEXT HEADING: runs them; a status other than 0 ends them as it should
step() {
    commands "$4" >"$work/step.sh"
    [ -s "$work/step.sh" ] || bad "$1: no commands below '$4'"
    expect "$1" "$2" "$3" bash -c "cd '$work/desk' && timeout 120 bash -e '$work/step.sh'"
}
step "content" 0 "" "2. Content"
step "a dry run" 0 "WIPES DISK" "3. A dry run"
step "the run" 3 "Restart required" "4. The run"
cd "$work/desk" || exit 1
take_part pc.img 3 "$work/volume"
ntfscat -f "$work/volume" Windows/Panther/unattend.xml >"$work/unattend.xml"
same "$(setting "$work/unattend.xml" specialize Shell-Setup ComputerName)" PC-0001 "the computer has its name"
same "$(setting "$work/unattend.xml" oobeSystem Shell-Setup UserAccounts/AdministratorPassword/Value |
    base64 -d | iconv -f UTF-16LE -t UTF-8)" "a password of your ownAdministratorPassword" "and its password"
commands "4. The run" | sed -n '/^sfdisk/p' >"$work/step.sh"
expect "the look at the disk" 0 "EFI System" bash -e "$work/step.sh"
finish
