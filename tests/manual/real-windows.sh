#!/bin/bash
# real-windows.sh - one run with a real Windows image, on real or virtual hardware. README.md beside
# this file says when to call what, and what to look at. Debian: wimtools ntfs-3g libhivex-bin
# openssl nginx-light mtools dosfstools fdisk; qemu-system-x86 ovmf swtpm for `start`.
#
#   real-windows.sh prepare FOLDER --image install.wim [--index N] [--boot-wim boot.wim --zip taskseq-windows-x64.zip]
#                           [--host NAME:PORT]    content, certificates, site file; a stick with Windows PE.
#                           NAME is this machine as itself and the new Windows reach it (default: its first address)
#   real-windows.sh serve FOLDER                  serves the content over HTTPS until Ctrl+C
#   real-windows.sh linux FOLDER DISK.img         way A: this Linux installs to a disk image
#   real-windows.sh start FOLDER DISK.img [STICK.img]   starts a virtual machine with UEFI and TPM 2.0
#   real-windows.sh look FOLDER DISK.img          after it is switched off: what is on the disk; makes report.tar.gz
#
# TASKSEQ is the program (default: taskseq in the PATH).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
program=${TASKSEQ:-taskseq}
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d' >&2; exit 2; }
die() { echo "real-windows.sh: $1" >&2; exit 1; }
need() { for one; do command -v "$one" >/dev/null || die "'$one' is missing"; done; }

# --- prepare ----------------------------------------------------------------------------------

content() { # IMAGE INDEX
    mkdir -p os drivers apps/tool
    ln -f "$1" os/install.wim 2>/dev/null || cp "$1" os/install.wim
    wimlib-imagex info os/install.wim "$2" | grep -E '^(Name|Architecture|Build|Edition)' || die "no image $2"
    sed "s|property=\"ImageIndex\">1<|property=\"ImageIndex\">$2<|" "$top/sequences/install-windows.xml" >sequence.xml
    # One application that leaves a mark, and asks for a restart: the run must come back.
    printf '@echo off\r\nmkdir "%%ProgramFiles%%\\taskseq-test" 2>nul\r\necho installed >"%%ProgramFiles%%\\taskseq-test\\mark.txt"\r\nexit /b 3010\r\n' >apps/tool/install.cmd
    cat >apps/applications.xml <<'X'
<applications>
  <application name="Mark" package="TSQ00010" command="cmd.exe /c install.cmd" success="0" restart="3010">
    <detect file="C:\Program Files\taskseq-test\mark.txt"/>
  </application>
</applications>
X
    printf '; no driver of any device\n[Version]\nSignature="%s"\n' "\$WINDOWS NT\$" >drivers/none.inf
}

publish() {
    rm -rf repo
    "$program" publish package --repo repo --id TSQ00001 --version 1 --name "Windows" os
    "$program" publish package --repo repo --id TSQ00003 --version 1 --name "Drivers" drivers
    "$program" publish package --repo repo --id TSQ00010 --version 1 --name "Mark" apps/tool
    "$program" publish package --repo repo --id Applications --version 1 apps/applications.xml
    "$program" publish deployment --repo repo --id D0000001 --name "Install Windows" sequence.xml --target unknown --target all
    "$program" publish sign --repo repo --cert pki/signer-chain.pem --key pki/signer.key --days 30
}

site() { # HOST:PORT
    mkdir -p site
    cp pki/trust.pem pki/media.pfx pki/media.password site/
    cat >site/site.xml <<X
<site>
  <source url="https://$1/" auth="client-certificate"/>
  <trust file="trust.pem"/>
  <revocation mode="off"/>
  <client-certificate file="media.pfx" password-file="media.password"/>
  <boot deployment="D0000001" command-prompt="true"/>
</site>
X
    [ -e secrets.vars ] || { umask 077; printf 'OSDLocalAdminPassword=%s\nAPP01=Mark\n' "Test-$(openssl rand -hex 6)" >secrets.vars; }
}

# A FAT32 image with Windows PE, the program and the site file: write it to a stick, or give it to `start`.
stick() { # BOOT.WIM ZIP
    need mformat mcopy mmd unzip
    rm -rf stick taskseq
    mkdir -p stick/sources taskseq
    unzip -q -d taskseq "$2"
    [ -e taskseq/taskseq.exe ] || mv taskseq/*/* taskseq/
    cp site/* secrets.vars taskseq/
    cp "$1" stick/sources/boot.wim
    printf 'X:\\taskseq\\taskseq.exe boot --allow-restart --vars X:\\taskseq\\secrets.vars\r\ncmd /k\r\n' >startnet.cmd
    wimlib-imagex update stick/sources/boot.wim 1 <<X
add 'taskseq' '/taskseq'
add 'startnet.cmd' '/Windows/System32/startnet.cmd'
X
    wimlib-imagex extract "$1" 1 /Windows/Boot/EFI/bootmgfw.efi /Windows/Boot/DVD/EFI/BCD /Windows/Boot/DVD/EFI/boot.sdi \
        --dest-dir=stick --no-acls --nullglob >/dev/null
    if [ ! -e stick/BCD ] || [ ! -e stick/boot.sdi ]; then die "'$1' has no Windows/Boot/DVD: use the boot.wim of the ADK or of a Windows ISO, and copy EFI, boot and bootmgr of the medium by hand"; fi
    local size
    size=$(( ($(stat -c %s stick/sources/boot.wim) >> 20) + 128 ))
    rm -f stick.img
    truncate -s "${size}M" stick.img
    mformat -i stick.img -F ::
    mmd -i stick.img ::/EFI ::/EFI/Boot ::/EFI/Microsoft ::/EFI/Microsoft/Boot ::/boot ::/sources
    mcopy -i stick.img stick/bootmgfw.efi ::/EFI/Boot/bootx64.efi
    mcopy -i stick.img stick/BCD ::/EFI/Microsoft/Boot/BCD
    mcopy -i stick.img stick/boot.sdi ::/boot/boot.sdi
    mcopy -i stick.img stick/sources/boot.wim ::/sources/boot.wim
    echo "stick.img: start a machine with UEFI from it"
}

prepare() {
    local folder=$1 image='' index=1 boot='' zip='' host
    host=$(hostname -I | cut -d' ' -f1):8443
    shift
    while [ $# -gt 1 ]; do
        case $1 in
            --image) image=$(realpath "$2") ;;
            --index) index=$2 ;;
            --boot-wim) boot=$(realpath "$2") ;;
            --zip) zip=$(realpath "$2") ;;
            --host) host=$2 ;;
            *) usage ;;
        esac
        shift 2
    done
    if [ -z "$image" ] || [ $# -ne 0 ]; then usage; fi
    need wimlib-imagex openssl
    mkdir -p "$folder"
    cd "$folder"
    [ -d pki ] || sh "$top/docs/how-to/authority.sh" new pki "${host%:*}" >/dev/null
    content "$image" "$index"
    publish
    site "$host"
    echo "$host" >host
    [ -z "$boot" ] || stick "$boot" "$zip"
    echo "ready in $PWD; the administrator's password is in secrets.vars"
}

# --- serve, linux, start --------------------------------------------------------------------------

serve() { # FOLDER
    need nginx
    cd "$1"
    local port
    port=$(sed 's/.*://' host)
    cat >nginx.conf <<X
daemon off; pid $PWD/nginx.pid; error_log $PWD/nginx.log;
$([ "$(id -u)" != 0 ] || echo 'user root;')
events {}
http {
  access_log $PWD/access.log;
  client_body_temp_path $PWD/tmp; proxy_temp_path $PWD/tmp; fastcgi_temp_path $PWD/tmp; uwsgi_temp_path $PWD/tmp; scgi_temp_path $PWD/tmp;
  server {
    listen $port ssl; root $PWD/repo;
    ssl_certificate $PWD/pki/server-chain.pem; ssl_certificate_key $PWD/pki/server.key;
    ssl_client_certificate $PWD/pki/clients-chain.pem; ssl_verify_client on; ssl_verify_depth 2;
  }
}
X
    echo "https://$(cat host)/ until Ctrl+C"
    exec nginx -p "$PWD" -c "$PWD/nginx.conf"
}

linux() { # FOLDER DISK.img
    local disk status=0
    disk=$(realpath -m "$2")
    cd "$1"
    [ -e "$disk" ] || truncate -s 64G "$disk"
    "$program" run sequence.xml --site site/site.xml --phase winpe --disk "0=$disk" --work work --log log \
        --events events.jsonl --verify --vars secrets.vars --var OSDCheckNetworkConnected=false "${EXTRA[@]}" || status=$?
    [ $status -eq 3 ] || die "the run ended with $status, not 3 (restart into Windows): see log/smsts.log"
    echo "the hand-over to Windows is reached: now '$0 start $1 $disk'"
}

start() { # FOLDER DISK.img [STICK.img]
    need qemu-system-x86_64 swtpm
    local folder=$1 disk stick=${3:-} code
    disk=$(realpath -m "$2")
    [ -z "$stick" ] || stick=$(realpath "$stick")
    cd "$folder"
    [ -e "$disk" ] || truncate -s 64G "$disk"
    for code in /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd; do [ ! -e "$code" ] || break; done
    [ -e "$code" ] || die "no OVMF firmware (package ovmf)"
    [ -e vars.fd ] || cp "${code/CODE/VARS}" vars.fd
    mkdir -p tpm
    swtpm socket --tpm2 --tpmstate dir=tpm --ctrl type=unixio,path=tpm/sock --daemon
    qemu-system-x86_64 -machine q35,accel=kvm:tcg -cpu max -smp 2 -m 6144 \
        -drive "if=pflash,format=raw,readonly=on,file=$code" -drive if=pflash,format=raw,file=vars.fd \
        -chardev socket,id=tpm,path=tpm/sock -tpmdev emulator,id=tpm0,chardev=tpm -device tpm-crb,tpmdev=tpm0 \
        -drive "id=disk,if=none,format=raw,file=$disk" -device ahci,id=ahci -device ide-hd,drive=disk,bus=ahci.0 \
        ${stick:+-drive "id=stick,if=none,format=raw,file=$stick" -device qemu-xhci -device usb-storage,drive=stick,bootindex=0} \
        -netdev user,id=net -device e1000e,netdev=net -vga std -display "${DISPLAY_KIND:-gtk}"
}

# --- look -----------------------------------------------------------------------------------------

volume() { # DISK: the largest partition, as a loop-free slice for ntfs-3g's tools
    local start size
    read -r start size < <(sfdisk -J "$1" | tr -d ' \n' | grep -o '"start":[0-9]*,"size":[0-9]*' |
        sed 's/"start":\([0-9]*\),"size":\([0-9]*\)/\1 \2/' | sort -k2 -n | tail -1)
    rm -f volume.img
    dd if="$1" of=volume.img bs=1M iflag=skip_bytes,count_bytes skip=$((start * 512)) count=$((size * 512)) conv=sparse status=none
}

take() { ntfscat -f volume.img "$1" >"report/$2" 2>/dev/null || { rm -f "report/$2"; echo "not there: $1"; }; }
value() { hivexget "report/$1" "$2" "$3" 2>/dev/null || echo "(none)"; }

look() { # FOLDER DISK.img
    need sfdisk ntfscat ntfsls hivexget
    local disk password
    disk=$(realpath "$2")
    cd "$1"
    rm -rf report
    mkdir report
    volume "$disk"
    sfdisk -d "$disk" >report/partitions.txt
    ntfsls -f -l -p / volume.img >report/root.txt 2>&1
    take _SMSTaskSequence/Logs/Smstslog/smsts.log smsts.log
    take _SMSTaskSequence/Logs/agent.log agent.log
    take Windows/Logs/taskseq/smsts.log kept-smsts.log
    take Windows/Panther/setupact.log setupact.log
    take Windows/Panther/setuperr.log setuperr.log
    take Windows/debug/NetSetup.LOG NetSetup.log
    take "Program Files/taskseq-test/mark.txt" mark.txt
    take Windows/System32/config/SYSTEM SYSTEM
    take Windows/System32/config/SOFTWARE SOFTWARE
    {
        echo "computer name:  $(value SYSTEM 'ControlSet001\Control\ComputerName\ComputerName' ComputerName)"
        echo "time zone:      $(value SYSTEM 'ControlSet001\Control\TimeZoneInformation' TimeZoneKeyName)"
        echo "owner:          $(value SOFTWARE 'Microsoft\Windows NT\CurrentVersion' RegisteredOwner)"
        echo "build:          $(value SOFTWARE 'Microsoft\Windows NT\CurrentVersion' CurrentBuild)"
        echo "application:    $(cat report/mark.txt 2>/dev/null || echo 'not installed')"
        echo "service left:   $(value SYSTEM 'ControlSet001\Services\taskseq' ImagePath)"
        echo "run ended with: $(grep -ao 'LOG\[[^]]*\(succeeded\|failed\)[^]]*' report/*smsts.log 2>/dev/null | tail -1)"
    } | tee report/summary.txt
    rm -f report/SYSTEM report/SOFTWARE volume.img # they hold more than anybody should send
    [ ! -e events.jsonl ] || cp events.jsonl log/smsts.log report/ 2>/dev/null || true
    password=$(sed -n 's/^OSDLocalAdminPassword=//p' secrets.vars)
    ! grep -rlaF -- "$password" report || die "the report holds the administrator's password: that is a fault, do not send it"
    tar czf report.tar.gz report
    echo "send back: $PWD/report.tar.gz and the filled-in checklist"
}

[ $# -ge 2 ] || usage
verb=$1
shift
EXTRA=()
[ -z "${TASKSEQ_EXTRA:-}" ] || read -ra EXTRA <<<"$TASKSEQ_EXTRA"
case $verb in
    prepare | serve | linux | start | look) "$verb" "$@" ;;
    *) usage ;;
esac
