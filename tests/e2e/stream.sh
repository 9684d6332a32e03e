#!/bin/bash
# stream.sh PROGRAM SOURCE - Apply Operating System while the image is still on its way: an ordinary
# WIM file over HTTPS, verified afterwards; an encrypted package; a solid image, which is fetched
# first; an image that does not fit, which is found out before a disk is touched; damage on the
# server; a machine that is switched off in the middle.
# shellcheck disable=SC1091,SC2154
source=$(realpath "${2:?usage: stream.sh PROGRAM SOURCE}")
. "$source/tests/net/lib.sh"
. "$source/tests/e2e/windows_tree.sh"
. "$source/tests/e2e/look.sh"
need nginx openssl python3 jq sfdisk wimlib-imagex hivexsh
make_authority
leaf good 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf signer 'extendedKeyUsage=codeSigning\n'

# --- Content ----------------------------------------------------------------------------------
windows_tree "$work/tree"
head -c 20000000 /dev/urandom >"$work/tree/Windows/System32/noise.dll"
mkdir "$work/os" "$work/solid" "$work/arm"
windows_wim "$work/tree" "$work/os/install.wim" "Windows 11 Home"
echo changed >"$work/tree/Windows/only in the second.txt"
cp "$work/tree/Windows/System32/numbers.txt" "$work/tree/Windows/third.txt"
wimlib-imagex append "$work/tree" "$work/os/install.wim" "Windows 11 Pro" \
    --image-property WINDOWS/ARCH=9 --image-property WINDOWS/EDITIONID=Professional >/dev/null
wimlib-imagex export "$work/os/install.wim" 2 "$work/solid/install.esd" --solid >/dev/null 2>&1
windows_wim "$work/tree" "$work/arm/install.wim" "Windows 11 Pro" 12
for package in "ARM00001 arm" "PLAIN001 os" "SECRET01 os --encrypt" "SOLID001 solid"; do
    set -- $package
    "$program" publish package --repo "$work/repo" --id "$1" --version 1 ${3:+"$3"} "$work/$2" >/dev/null
done
mkdir "$work/big"
cp "$work/os/install.wim" "$work/big/"
head -c 90000000 /dev/urandom >"$work/tree/Windows/System32/more noise.dll"
wimlib-imagex append "$work/tree" "$work/big/install.wim" "Windows 11 Big" \
    --image-property WINDOWS/ARCH=9 --image-property WINDOWS/EDITIONID=Professional >/dev/null
"$program" publish package --repo "$work/repo" --id BIG00001 --version 1 "$work/big" >/dev/null
"$program" publish package --repo "$work/repo" --id BIGSECRT --version 1 --encrypt "$work/big" >/dev/null
mkdir "$work/ahead"
head -c 80000000 /dev/urandom >"$work/ahead/large.bin"
"$program" publish package --repo "$work/repo" --id AHEAD001 --version 1 "$work/ahead" >/dev/null
"$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null
tls_server repo "$work/good.chain.pem" "$work/good.key"
blob() { echo "$work/repo/blobs/sha256/$(sha256sum <"$1" | cut -d' ' -f1)"; }
wim=$(blob "$work/os/install.wim")
site() { # NAME [MORE]
    cat >"$work/$1.xml" <<XML
<site><source url="$url"/><trust file="chain.pem"/><signer file="root.pem"/><revocation mode="off"/>${2:-}</site>
XML
}
site fast
site slow '<limit rate="2M"/>'

# --- The sequence: partition the disk, apply the second image of a package --------------------
sequence() { # PACKAGE
    python3 - "$source/sequences/install-windows.xml" "$1" "${which:-Windows 11 Pro}" >"$work/$1.seq.xml" <<'P'
import sys, xml.etree.ElementTree as E
print('<sequence version="3.10">')
for step in E.parse(sys.argv[1]).iter('step'):
    if step.get('name') in ('Partition disk 0 - UEFI', 'Apply Windows 11'):
        for condition in step.findall('condition'):
            step.remove(condition)
        print(E.tostring(step, encoding='unicode').replace('TSQ00001', sys.argv[2])
              .replace('property="ImageIndex">1<', 'property="ImageIndex">' + sys.argv[3] + '<'))
print(f'<referenceList><reference package="{sys.argv[2]}"/></referenceList></sequence>')
P
}
prepare() { # PACKAGE
    sequence "$1"
    rm -f "$work/disk.img"
    truncate -s "${disk:-8G}" "$work/disk.img"
}
run() { # PACKAGE SITE FOLDER
    prepare "$1"
    "$program" run "$work/$1.seq.xml" --disk 0="$work/disk.img" --site "$work/$2.xml" \
        --phase winpe --work "$work/$3" --log "$work/$3.log" --verify "${@:4}"
}
listing() { # FILE IMAGE: what is compared
    wimlib-imagex dir "$1" "$2" --detailed | grep -E '^(Full Path|Hash|Uncompressed|.*data stream)'
}
listing "$work/os/install.wim" 2 >"$work/wanted"
look() { # NAME
    take_part "$work/disk.img" 3 "$work/volume"
    ntfsfix -n "$work/volume" >/dev/null || bad "$1: ntfsfix"
    rm -f "$work/back.wim"
    wimlib-imagex capture "$work/volume" "$work/back.wim" back --compress=none >/dev/null
    wimlib-imagex update "$work/back.wim" 1 --command 'delete --recursive --force /_SMSTaskSequence' >/dev/null # the log
    listing "$work/back.wim" 1 | diff -q - "$work/wanted" >/dev/null && ok "$1: the volume has the image" ||
        bad "$1: other files are on the volume"
}
logged() { grep -haF -- "$2" "$work/$1.log"/* >/dev/null && ok "$1: $2" || bad "$1: '$2' is not in the log"; }
sent() { # [FILE]: bytes of the image that the server sent since the last call
    local file=${1:-$wim} sync_log=$work/nginx-repo/access.log
    awk -v blob="${file##*/}" '$7 ~ blob {n += $10} END {print n + 0}' "$sync_log"
    : >"$sync_log"
}
size=$(stat -c %s "$wim")

# --- Streamed ----------------------------------------------------------------------------------
expect "an ordinary image" 0 "" run PLAIN001 fast plain
logged plain "'Windows 11 Pro' ( x64) of 'install.wim' to C: while it is fetched"
look plain
same() { [ "$1" = "$2" ] && ok "$3" || bad "$3: '$1', not '$2'"; }
same "$(ls "$work/plain/Packages" 2>/dev/null)" "" "nothing of it is kept"
asked=$(grep -c "$(sha256sum <"$work/repo/packages/PLAIN001-1.meta4" | cut -d' ' -f1)" "$work/nginx-repo/access.log")
[ "$asked" -le 2 ] && ok "the manifest was asked for $asked times" || bad "the manifest was asked for $asked times"
bytes=$(sent) # with what was on its way when connections shared their work anew
[ "$bytes" -gt $((size / 2)) ] && [ "$bytes" -lt $((size * 3 / 2)) ] && ok "it travelled once" ||
    bad "$bytes bytes of $size travelled"
expect "an encrypted one" 0 "" run SECRET01 fast secret
logged secret "while it is fetched"
look secret
sed "s|<source url=\"[^\"]*\"|<source url=\"$work/repo\"|" "$work/fast.xml" >"$work/stick.xml"
expect "from a folder, as of a stick" 0 "" run PLAIN001 stick stick
logged stick "while it is fetched"
look stick

# --- The cap is for all together: the image, and what comes ahead ---------------------------------
# One connection, because what lies in the buffers of a connection that is given up counts as sent.
site capped '<limit rate="4M"/>'
sed -i 's|<source |&connections="1" |' "$work/capped.xml"
prepare PLAIN001
sed -i 's|</referenceList>|<reference package="AHEAD001"/>&|' "$work/PLAIN001.seq.xml"
: >"$work/nginx-repo/access.log"
start=$(date +%s%N)
expect "an image with a cap, and a package ahead" 0 "" "$program" run "$work/PLAIN001.seq.xml" --disk 0="$work/disk.img" \
    --site "$work/capped.xml" --phase winpe --work "$work/capped" --log "$work/capped.log"
took=$((($(date +%s%N) - start) / 1000000))
look capped
bytes=$(awk '$7 ~ /blobs/ {n += $10} END {print n + 0}' "$work/nginx-repo/access.log")
grep -q "$(basename "$(blob "$work/ahead/large.bin")")" "$work/nginx-repo/access.log" || bad "nothing came ahead"
[ "$bytes" -gt "$size" ] && [ "$bytes" -lt $((took * 4194 * 110 / 100 + 6000000)) ] && ok "$bytes bytes in $took ms: the cap held" ||
    bad "$bytes bytes in $took ms are more than the cap"
: >"$work/nginx-repo/access.log"

# --- No room for the whole image -----------------------------------------------------------------
cp "$work/wanted" "$work/wanted.small"
listing "$work/big/install.wim" 3 >"$work/wanted"
which="Windows 11 Big"
most() { # FOLDER COMMAND...: how many bytes there were in it at most, looked at now and then
    local folder=$1 now rc
    shift
    : >"$work/most"
    (while :; do du -sB1 "$folder" 2>/dev/null | cut -f1 >>"$work/most"; sleep 0.1; done) &
    local watcher=$!
    "$@"
    rc=$?
    kill $watcher
    wait $watcher 2>/dev/null
    return $rc
}
peak() { sort -n "$work/most" | tail -1; }
big=$(stat -c %s "$work/big/install.wim")
for package in BIG00001 BIGSECRT; do
    expect "a cache that is smaller than the image ($package)" 0 "" most "$work/narrow" run $package fast "narrow-$package" --cache "$work/narrow" --cache-max 70M
    logged "narrow-$package" "has no room here as a whole"
    [ "$(peak)" -le 72000000 ] && ok "never more than $(peak) bytes of $big in it" || bad "$(peak) bytes in a cache of 70M"
    look "narrow-$package"
    [ "$(du -sB1 "$work/narrow/blobs" | cut -f1)" -lt 4000000 ] && [ -z "$(ls "$work/narrow/parts")" ] && ok "nothing of it is kept" || bad "kept: $(find "$work/narrow" -size +1M)"
done
expect "a cache without room for what is on its way" 68 "cache" run BIG00001 fast none --cache "$work/none.cache" --cache-max 20M
[ "$(stat -c %b "$work/disk.img")" = 0 ] && ok "... and the disk was not touched" || bad "the disk was touched"
mkdir "$work/memory"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=80m none "$work/memory" 2>/dev/null; then
    prepare BIG00001
    expect "a work folder in 80 MiB of memory" 0 "" "$program" run "$work/BIG00001.seq.xml" --disk 0="$work/disk.img" \
        --site "$work/fast.xml" --phase winpe --work "$work/memory/work" --log "$work/memory.log" --verify
    logged memory "has no room here as a whole"
    look memory
    umount "$work/memory"
else
    echo "skipped: mounting is not allowed here: a work folder in memory"
fi
unset which
mv "$work/wanted.small" "$work/wanted"
sent >/dev/null

# --- Fetched first -----------------------------------------------------------------------------
expect "a solid image" 0 "" run SOLID001 fast solid
look solid
sent >/dev/null

# --- What does not fit is known before the disk is touched ---------------------------------------
refused() { # NAME TEXT PACKAGE [FILE]: with $which on a disk of $disk
    local bytes
    expect "$1" 68 "$2" run "$3" fast "refused-$3"
    [ "$(stat -c %b "$work/disk.img")" = 0 ] && ok "... and the disk was not touched" ||
        bad "$1: the disk was touched"
    [ "${4:-}" ] || return
    bytes=$(sent "$4") # the first piece, and the last ones
    [ "$bytes" -le $((3 * 4194304)) ] && ok "... for $bytes bytes" || bad "$1: $bytes bytes travelled"
}
arm=$(blob "$work/arm/install.wim")
which=7 refused "index that is not there" "has no image '7'; it holds 1 'Windows 11 Home', 2 'Windows 11 Pro'" PLAIN001 "$wim"
# What the look before kept of the stream is no package that is here.
which=Education refused "edition that is not there" "has no image 'Education'" PLAIN001 "$wim"
which=7 refused "... of an encrypted package" "has no image '7'" SECRET01
refused "image for another processor" "the image is for arm64, and this machine is X64" ARM00001 "$arm"
disk=1300M refused "disk too small for the image" "MiB" PLAIN001 "$wim"

# --- Damage, and a machine that is switched off --------------------------------------------------
offset=$((size * 6 / 10))
cp "$wim" "$work/good.blob"
printf '\xff\x00\xff\x00\xff' | dd of="$wim" bs=1 seek=$offset conv=notrunc status=none
expect "damage on the server ends it" 1 "the volume holds a part of the image and must be formatted again" \
    run PLAIN001 fast broken
sent >/dev/null
cat "$work/good.blob" >"$wim"
expect "the next run" 0 "" run PLAIN001 fast broken
look broken
bytes=$(sent)
[ "$bytes" -lt $((size * 3 / 4)) ] && ok "it takes what came before" || bad "$bytes bytes of $size came again"

prepare PLAIN001
"$real_program" run "$work/PLAIN001.seq.xml" --disk 0="$work/disk.img" --site "$work/slow.xml" \
    --phase winpe --work "$work/cut" --log "$work/cut.log" >/dev/null 2>&1 &
pid=$!
until_seen() { # NAME COMMAND...: waits for a state, as long as the program runs
    local name=$1
    shift
    until "$@"; do
        kill -0 $pid 2>/dev/null || { bad "the program ended before $name"; return; }
        sleep 0.05
    done
    ok "seen: $name"
}
begins() { grep -haF "'Windows 11 Pro' ( x64) of 'install.wim' to C: while it is fetched" "$work/cut.log"/* >/dev/null 2>&1; }
map() { cat "$work/cut/Packages/PLAIN001/.taskseq/parts/"*.map | sha256sum; }
arrives() { [ "$(map)" != "$before" ]; }
until_seen "the apply begins" begins
before=$(map)
until_seen "more of it arrives" arrives # of what takes seconds
kill -9 $pid
wait $pid 2>/dev/null
same $? 137 "the machine is off in the middle"
sent >/dev/null
expect "resume after the machine was off" 0 "" "$program" resume \
    --site "$work/fast.xml" --work "$work/cut"
look cut
bytes=$(sent)
[ "$bytes" -lt "$size" ] && ok "it takes what came before" || bad "$bytes bytes of $size came again"
finish
