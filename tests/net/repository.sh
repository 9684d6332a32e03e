#!/bin/bash
# repository.sh - publishing that is killed, image files, the cache's limit, content of a run: with
# folders only, no server.
# shellcheck disable=SC1091,SC2154,SC2086
. "$(dirname "$0")/lib.sh"
need openssl wimlib-imagex genisoimage
make_authority
leaf signer 'extendedKeyUsage=codeSigning\n'
sign="--cert $work/signer.chain.pem --key $work/signer.key"
trust="--signer $work/root.pem"
repo="--repo $work/repo"
get() { # PACKAGE FOLDER OPTIONS...
    local package=$1 to=$2
    shift 2
    $program fetch --quiet --source "$work/repo" --package "$package" --to "$work/$to" $trust "$@"
}

# kill -9 in the middle of publishing and signing: a reader sees the old state or the new one.
mkdir -p "$work/one" "$work/two"
head -c 3000000 /dev/urandom >"$work/one/a.bin"
for i in $(seq 30); do head -c 9000 /dev/urandom >"$work/one/small $i"; done
expect "publish" 0 "31 files" $program publish package $repo --id P1 "$work/one"
expect "sign" 0 "version 1" $program publish sign $repo $sign
killed=0
for i in $(seq 40); do
    head -c $((2000000 + i)) /dev/urandom >"$work/two/a.bin"
    cp "$work/one/small 1" "$work/two/small $i"
    if [ $((i % 2)) = 0 ]; then
        "$real_program" publish package $repo --id P2 "$work/two" >/dev/null 2>&1 &
    else
        "$real_program" publish sign $repo $sign >/dev/null 2>&1 &
    fi
    child=$!
    sleep "0.0$((i % 10))$((i / 10))"
    kill -9 "$child" 2>/dev/null && killed=$((killed + 1))
    wait "$child" 2>/dev/null
    rm -rf "$work/seen"
    get P1 seen >/dev/null 2>"$work/err" || { bad "reader after kill $i: $(cat "$work/err")"; break; }
    diff -r "$work/one" "$work/seen" >/dev/null || { bad "reader after kill $i: wrong content"; break; }
    "$real_program" publish check $repo >"$work/err" 2>&1 || { bad "check after kill $i: $(cat "$work/err")"; break; }
done
[ "$killed" -gt 5 ] && ok "$killed publications were killed, a reader saw none of it" || bad "only $killed were killed"
expect "publish after all that" 0 "P2 version" $program publish package $repo --id P2 "$work/two"
expect "sign after all that" 0 "is public" $program publish sign $repo $sign
: >"$work/repo/blobs/.part-0123456789abcdef"
mkdir -p "$work/repo/blobs/.work-0123456789abcdef/x"
expect "gc" 0 "blobs removed" $program publish gc $repo --keep-days 0
[ -z "$(find "$work/repo/blobs" -name '.part-*' -o -name '.work-*')" ] || bad "gc left parts behind"
expect "check" 0 " 0 problems" $program publish check $repo
expect "check over several sources" 0 " 0 problems" $program publish check $repo --source "$work/repo" --source "$work/repo"
cp -r "$work/repo" "$work/mirror"
find "$work/mirror/blobs" -type f -size +1000k -delete
expect "check names the source that lacks blobs" 76 "$work/mirror" \
    $program publish check $repo --source "$work/repo" --source "$work/mirror"

# Readers of the catalogue before this one: what they fetch was published long ago, and stays for a while.
cp "$work/repo/catalog.xml" "$work/before.xml"
find "$work/repo/blobs" -type f -exec touch -d "60 days ago" {} +
expect "an old version goes" 0 "" $program publish remove $repo P2
expect "sign without it" 0 "is public" $program publish sign $repo $sign
expect "gc keeps what readers may still fetch" 0 "blobs removed" $program publish gc $repo
mkdir "$work/reader"
cp -r "$work/repo/blobs" "$work/repo/signatures" "$work/reader/"
cp "$work/before.xml" "$work/reader/catalog.xml"
expect "a reader of the catalogue before" 0 "" $program fetch --quiet --source "$work/reader" --package P2 --to "$work/late" $trust
diff -r "$work/two" "$work/late" >/dev/null || bad "wrong content"
find "$work/repo/blobs" -type f -exec touch -d "8 days ago" {} +
expect "gc takes it a week later" 0 "blobs removed" $program publish gc $repo
rm -rf "$work/reader/blobs" "$work/late"
cp -r "$work/repo/blobs" "$work/reader/"
expect "and then it is gone" 66 "P2" $program fetch --quiet --source "$work/reader" --package P2 --to "$work/late" $trust

# image files
mkdir -p "$work/i1" "$work/i2" "$work/disc/sources"
seq 1 50000 >"$work/i1/numbers"
head -c 300000 /dev/urandom >"$work/i1/random"
echo two >"$work/i2/two.txt"
wimlib-imagex capture "$work/i1" "$work/install.wim" One >/dev/null 2>&1
wimlib-imagex append "$work/i2" "$work/install.wim" Two >/dev/null 2>&1
wimlib-imagex export "$work/install.wim" all "$work/install.esd" --solid >/dev/null 2>&1
cp "$work/install.wim" "$work/disc/sources/"
genisoimage -quiet -udf -J -o "$work/udf.iso" "$work/disc" 2>/dev/null
genisoimage -quiet -J -r -o "$work/joliet.iso" "$work/disc" 2>/dev/null
image() { # PACKAGE: what was published
    rm -rf "$work/image"
    $program publish sign $repo $sign >/dev/null && get "$1" image >/dev/null || bad "cannot fetch $1"
}
shows() { wimlib-imagex info "$work/image/install.wim" >"$work/info" 2>&1; grep -qE "$1" "$work/info" || bad "$2: $(cat "$work/info")"; }
expect "one image" 0 "1 files" $program publish package $repo --id W1 --image 2 "$work/install.wim"
image W1; shows "Image Count: *1" "one image"; shows "Name: *Two" "one image"
wimlib-imagex extract "$work/image/install.wim" 1 --dest-dir="$work/x1" >/dev/null 2>&1
diff -r "$work/i2" "$work/x1" >/dev/null && ok "its files" || bad "files of one image differ"
expect "the same again is the same" 0 "is there already" $program publish package $repo --id W1 --image 2 "$work/install.wim"
expect "pipable, two images in another order" 0 "" $program publish package $repo --id W2 --pipable --image 2 --image 1 "$work/install.wim"
image W2; shows "Pipable" "pipable"
wimlib-imagex apply - 2 "$work/x2" <"$work/image/install.wim" >/dev/null 2>&1
diff -r "$work/i1" "$work/x2" >/dev/null && ok "applied from a pipe" || bad "pipable image differs"
expect "of an ESD" 0 "" $program publish package $repo --id W3 --image 1 "$work/install.esd"
image W3; shows "Compression: *LZX" "esd"
wimlib-imagex verify "$work/image/install.wim" >/dev/null 2>&1 && ok "it is whole" || bad "esd: verify"
expect "no such image" 66 "it holds 2" $program publish package $repo --id W4 --image 3 "$work/install.wim"
expect "no image file" 2 "none of the sources is a WIM" $program publish package $repo --id W4 --pipable "$work/one"
head -c 9000 "$work/install.wim" >"$work/cut.wim"
expect "damaged" 76 "cut.wim" $program publish package $repo --id W4 --pipable "$work/cut.wim"
for kind in udf joliet; do
    expect "out of a disc ($kind)" 0 "1 files" $program publish package $repo --id "I$kind" --install-image "$work/$kind.iso"
    image "I$kind"
    cmp "$work/image/install.wim" "$work/install.wim" || bad "$kind: another file"
done
expect "out of a disc, one image" 0 "" $program publish package $repo --id I3 --install-image --image 2 "$work/udf.iso"
touch -r "$work/udf.iso" "$work/stamp"
for at in 16 17 18; do dd if=/dev/zero of="$work/udf.iso" bs=2048 seek=$at count=1 conv=notrunc 2>/dev/null; done
touch -r "$work/stamp" "$work/udf.iso"
expect "a disc without ISO 9660" 0 "is there already" $program publish package $repo --id Iudf --install-image "$work/udf.iso"
dd if=/dev/urandom of="$work/udf.iso" bs=2048 seek=258 count=60 conv=notrunc 2>/dev/null
expect "a damaged disc" 76 "is damaged" $program publish package $repo --id I4 --install-image "$work/udf.iso"
mkdir "$work/plain"; echo x >"$work/plain/x"
genisoimage -quiet -J -o "$work/plain.iso" "$work/plain" 2>/dev/null
expect "a disc without an image" 66 "does not have 'sources/install.wim'" $program publish package $repo --id I4 --install-image "$work/plain.iso"

# the cache's limit
mkdir "$work/c1" "$work/c2" "$work/c4"
head -c 4000000 /dev/urandom >"$work/c1/x"
head -c 4000000 /dev/urandom >"$work/c2/y"
head -c 100000 /dev/urandom >"$work/c4/z"
(cd "$work/c4" && seq -f "$(printf 'n%.0s' {1..150}) %g" 3000 | xargs -d '\n' mkdir)
$program publish package $repo --id C1 "$work/c1" >/dev/null
$program publish package $repo --id C4 "$work/c4" >/dev/null
$program publish package $repo --id C2 "$work/c2" >/dev/null
$program publish sign $repo $sign >/dev/null
cache="--cache $work/cache --cache-max 6M"
first=$(sha256sum <"$work/c1/x" | cut -d' ' -f1)
expect "into the cache" 0 "" get C1 c1.out $cache
[ -e "$work/cache/blobs/sha256/$first" ] && ok "it is there" || bad "the cache is empty"
rm -rf "$work/c1.out"
mv "$work/repo/blobs/sha256/$first" "$work/away"
expect "from the cache, which survived" 0 "" get C1 c1.out $cache
cmp "$work/c1/x" "$work/c1.out/x" || bad "wrong content from the cache"
mv "$work/away" "$work/repo/blobs/sha256/$first"
expect "another, which does not fit beside it" 0 "" get C2 c2.out $cache
[ -e "$work/cache/blobs/sha256/$first" ] && bad "the limit is passed" || ok "the least recently used one left"
held() { find "$work/cache" -type f -printf '%s\n' | awk '{s += $1} END {print s}'; }
[ "$(held)" -lt 6291456 ] || bad "the cache is larger than its limit"
limit=$(($(held) + 300000))
expect "one whose file list does not fit beside it" 0 "" get C4 c4.out --cache "$work/cache" --cache-max $limit
[ "$(held)" -le "$limit" ] && ok "the file list counts" || bad "the cache has $(held) bytes, and may have $limit"
expect "one that is larger than the limit" 73 "may hold" get C1 c3.out --cache "$work/cache" --cache-max 1M
expect "no size" 2 "no size like" get C1 c3.out --cache "$work/cache" --cache-max big
expect "no cache" 2 "needs --cache" get C1 c3.out --cache-max 1G

# content of a run: gone behind its step, unless SMSTSPersistContent says otherwise
cat >"$work/site.xml" <<X
<site><source url="$work/repo"/><signer file="$work/root.pem"/></site>
X
step() { # NAME COMMAND
    echo "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"$1\" successCodeList=\"0\"><action>smsswd.exe /run:C1 $2</action><defaultVarList><variable name=\"PackageID\" property=\"PackageID\">C1</variable></defaultVarList></step>"
}
{
    echo '<sequence version="3.10">'
    step "Use it" "test -e x"
    echo "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"Look\" successCodeList=\"0\"><action>sh -c \"ls '$work/run/Packages' >'$work/left'\"</action></step>"
    step "Use it again" "test -e x"
    echo '</sequence>'
} >"$work/s.xml"
expect "run" 0 "" $program run "$work/s.xml" --site "$work/site.xml" --work "$work/run" --var OSDComputerName=PC
grep -q C1 "$work/left" && bad "content stays behind its step" || ok "content goes when its step ends"
rm -rf "$work/run"
expect "run that persists content" 0 "" $program run "$work/s.xml" --site "$work/site.xml" --work "$work/run" --var SMSTSPersistContent=true
grep -q C1 "$work/left" && ok "SMSTSPersistContent keeps it" || bad "SMSTSPersistContent does not keep content"
finish
