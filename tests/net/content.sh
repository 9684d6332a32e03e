#!/bin/bash
# content.sh - publish, serve, fetch: static server, registry, folder; resume after kill -9 and after
# damage; encryption, cache, fail-over, garbage; what other people's tools make of a repository.
# shellcheck disable=SC1091,SC2154,SC2086
. "$(dirname "$0")/lib.sh"
need nginx openssl python3 aria2c skopeo docker-registry
make_authority
leaf good 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf signer 'extendedKeyUsage=codeSigning\n'
sign="--cert $work/signer.chain.pem --key $work/signer.key"
trust="--signer $work/root.pem --cacert $work/root.pem --revocation off"

mkdir -p "$work/src/drivers/net" "$work/src/empty folder"
for i in $(seq 40); do head -c 20000 /dev/urandom >"$work/src/drivers/net/file $i.sys"; done
head -c 60000000 /dev/urandom >"$work/src/install.wim"
cp "$work/src/install.wim" "$work/src/copy.wim"
: >"$work/src/empty.txt"
printf '#!/bin/sh\n' >"$work/src/setup.sh"
chmod +x "$work/src/setup.sh"
repo="--repo $work/repo"
expect "publish" 0 "44 files" $program publish package $repo --id P0010001 --version 1 "$work/src"
expect "publish again changes nothing" 0 "is there already" \
    $program publish package $repo --id P0010001 --version 1 "$work/src"
echo more >>"$work/src/setup.sh"
expect "other content under the same version" 68 "give this content a new version" \
    $program publish package $repo --id P0010001 --version 1 "$work/src"
expect "new version" 0 "44 files" $program publish package $repo --id P0010001 --version 2 "$work/src"
expect "loose and encrypted" 0 "" $program publish package $repo --id P0010002 --version 1 --encrypt --loose "$work/src"
expect "encrypted again: what is there already is not new" 0 "(0 new, 0 bytes)" \
    $program publish package $repo --id P0010002 --version 1 --encrypt --loose "$work/src"
expect "nothing is public before signing" 66 "" $program fetch --source "$work/repo" --package P0010001 --to "$work/x" $trust
expect "sign" 0 "version 1" $program publish sign $repo $sign
expect "check" 0 " 0 problems" $program publish check $repo

mkdir "$work/link"; ln -s /etc/passwd "$work/link/passwd"
expect "a link is refused" 68 "is a link" $program publish package $repo --id P9 --version 1 "$work/link"
mkdir "$work/reserved"; echo x >"$work/reserved/con.txt"
expect "a name that Windows reserves" 68 "Windows cannot" $program publish package $repo --id P9 --version 1 "$work/reserved"
mkdir -p "$work/twice/a" "$work/twice2"; echo x >"$work/twice/A.txt"; echo y >"$work/twice2/a.TXT"
expect "names that differ in case only" 65 "same file for Windows" \
    $program publish package $repo --id P9 --version 1 "$work/twice" "$work/twice2"

(mkdir "$work/deep" && cd "$work/deep" && for _ in $(seq 130); do mkdir d && cd d || exit 1; done; : >x)
expect "folders that are too deep" 73 "more than 128 folders deep" $program publish package $repo --id P9 --version 1 "$work/deep"

tls_server one "$work/good.chain.pem" "$work/good.key"
one=$url
tls_server two "$work/good.chain.pem" "$work/good.key" "limit_rate 8m;"
two=$url

get() { # FOLDER OPTIONS...
    local to=$1
    shift
    $program fetch --quiet --to "$work/$to" --package P0010001 $trust "$@"
}
same() { diff -r "$work/src" "$work/$1" >/dev/null || bad "$1 differs"; }
expect "fetch over https" 0 "" get a --source "$one"; same a
[ -x "$work/a/setup.sh" ] || bad "the executable bit is lost"
[ -e "$work/a/.taskseq" ] && bad "the work folder stays behind"
expect "second run downloads nothing" 0 "" get a --source http://127.0.0.1:1/ --source "$one"; same a
requests=$(grep -c blobs "$work/nginx-one/access.log")
expect "... with a cache neither in another folder" 0 "" get b1 --source "$one" --cache "$work/cache"
before=$(grep -c 'blobs.*206\|GET.*blobs' "$work/nginx-one/access.log")
expect "... (again)" 0 "" get b2 --source "$one" --cache "$work/cache"; same b2
after=$(grep -c 'blobs.*206\|GET.*blobs' "$work/nginx-one/access.log")
[ "$before" = "$after" ] && ok "the cache saved all downloads" || bad "cache: $before, then $after requests ($requests)"
printf 'x' | dd of="$work/b2/install.wim" bs=1 seek=30000000 conv=notrunc 2>/dev/null
expect "damage in cache and folder is repaired" 0 "" get b2 --source "$one" --cache "$work/cache"; same b2
expect "from a folder" 0 "" get c --source "$work/repo"; same c
expect "encrypted" 0 "" $program fetch --quiet --to "$work/e" --package P0010002 $trust --source "$one"; same e
expect "the target folder cannot be made: no source is blamed" 66 "cannot make folder '/proc/taskseq'" \
    $program fetch --quiet --to /proc/taskseq/x --package P0010001 $trust --source "$one"
$program fetch --quiet --to /proc/taskseq/x --package P0010001 $trust --source "$one" 2>&1 | grep -q "source lacks" && bad "a source is blamed"
expect "two sources, one dead" 0 "" get d --source https://localhost:1/ --source "$one" --tries 2; same d
expect "unknown package" 66 "is not in the catalogue" $program fetch --quiet --to "$work/x" --package P7 $trust --source "$one"
expect "unknown version" 66 "the newest is 2" get x --version 9 --source "$one"
expect "URL without hash" 2 "--sha256" $program fetch --to "$work/f" "$one"catalog.xml
digest=$(sha256sum <"$work/src/install.wim" | cut -d' ' -f1)
expect "one file by URL" 0 "" $program fetch --quiet --to "$work/f.wim" "${one}blobs/sha256/$digest" --sha256 "$digest" $trust
cmp "$work/f.wim" "$work/src/install.wim" || bad "file differs"
expect "one file, wrong hash" 76 "another SHA-256" $program fetch --quiet --to "$work/g" "${one}catalog.xml" --sha256 "$digest" $trust
expect "by manifest" 0 "" $program fetch --quiet --to "$work/m" --manifest "$work/repo/packages/P0010001-2.meta4" --source "$one" $trust; same m

# kill -9 in the middle, twice, then damage.
for k in 1 2; do
    timeout -s KILL 1.2 "$real_program" fetch --quiet --to "$work/k" --package P0010001 $trust --source "$two" --limit-rate 20M >/dev/null 2>&1
    [ -e "$work/k/install.wim" ] && bad "a file stands under its name before it is complete ($k)"
done
part=$(ls "$work"/k/.taskseq/parts/*.part | head -1)
dd if=/dev/zero of="$part" bs=4096 count=16 conv=notrunc 2>/dev/null
: >"$work/nginx-one/access.log"
expect "resume after kill -9 and damage" 0 "" get k --source "$one"; same k
sent=$(awk '$9 ~ /^20/ && $7 ~ /blobs/ {s += $10} END {print s + 0}' "$work/nginx-one/access.log")
[ "$sent" -lt 58000000 ] && ok "resume fetched $sent bytes" || bad "resume fetched everything ($sent)"

# kill -9 at any moment, and something else damaged each time: right content in the end.
for k in $(seq 10); do
    timeout -s KILL "0.$((RANDOM % 90 + 10))" "$real_program" fetch --quiet --to "$work/z" --package P0010001 $trust --source "$one" \
        --limit-rate 60M >/dev/null 2>&1
    part=$(ls "$work"/z/.taskseq/parts/*.part 2>/dev/null | head -1)
    map=$(ls "$work"/z/.taskseq/parts/*.map 2>/dev/null | head -1)
    [ -n "$part" ] && [ -n "$map" ] || continue
    case $((k % 5)) in
    0) head -c 50000 /dev/urandom | dd of="$part" bs=4096 seek=$((RANDOM % 14000)) conv=notrunc 2>/dev/null ;;
    1) truncate -s $((RANDOM * 1000)) "$part" ;;
    2) tr '\0\2-\377' '\1' <"$map" >"$work/map" && { head -c 4 "$map"; tail -c +5 "$work/map"; } >"$work/map2" && cp "$work/map2" "$map" ;;
    3) : >"$map" ;;
    4) head -c 30 /dev/urandom >"$map" ;;
    esac
done
expect "ten times kill -9 and damage" 0 "" get z --source "$one"; same z

# a mirror with wrong bytes beside a good one
cp -r "$work/repo" "$work/liar"
find "$work/liar/blobs" -size +1000k -type f -exec sh -c 'head -c "$(stat -c %s "$1")" /dev/zero >"$1"' _ {} \;
expect "check finds what is damaged" 76 "does not match" $program publish check --repo "$work/liar"
root_folder=$work/liar serve liar "" ""
expect "a lying mirror beside a good one" 0 "" get l --source "$url" --source "$one"; same l
expect "a lying folder beside a good server" 0 "" get l3 --source "$work/liar" --source "$one"; same l3
expect "a lying mirror alone" 76 "" get l4 --source "$url"
expect "a lying folder alone" 76 "" get l2 --source "$work/liar"

# a server that answers one request at a time, and one that refuses the file list until later
tree=$(sed -n '/role="tree"/q; s|.*<url[^>]*>\(blobs[^<]*\)</url>|\1|p' "$work/repo/packages/P0010001-2.meta4")
serve narrow "limit_conn at 1; limit_rate 16m; location = /$tree { if (-f $work/refuse) { return 503; } } }
    limit_conn_zone \$server_port zone=at:1m; server { listen 127.0.0.1:$(free_port); return 404;" ""
narrow=$url
expect "one request at a time" 0 "" get n1 --source "$narrow"; same n1
refused=$(grep -c '" 503 ' "$work/nginx-narrow/access.log")
[ "$refused" -le 6 ] && ok "$refused requests were refused" || bad "$refused requests were refused"
: >"$work/refuse"
: >"$work/nginx-narrow/access.log"
(sleep 2.5; rm "$work/refuse") &
expect "a file list that is refused comes last" 0 "" get n2 --source "$narrow"; same n2
[ "$(grep -c "$tree.* 503 " "$work/nginx-narrow/access.log")" = 2 ] && ok "it was asked for twice meanwhile" || bad "list: $(grep "$tree" "$work/nginx-narrow/access.log")"

# other people's tools
(cd "$work" && aria2c -q -M "$work/repo/packages/P0010001-2.meta4" --metalink-base-uri="${one}" \
    --ca-certificate="$work/root.pem" -d "$work/aria") || bad "aria2c cannot download the package"
cmp "$work/aria/install.wim" "$work/src/install.wim" && ok "aria2c" || bad "aria2c differs"
port=$(free_port)
cat >"$work/registry.yml" <<CNF
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$port"}
CNF
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
pids+=($!)
sleep 1
for tag in catalog P0010001-2; do
    skopeo copy --dest-tls-verify=false "oci:$work/repo:$tag" "docker://127.0.0.1:$port/contoso/os:$tag" >"$work/skopeo.log" 2>&1 ||
        bad "skopeo: $(cat "$work/skopeo.log")"
done
expect "registry alone" 0 "" get r --source "oci+http://127.0.0.1:$port/v2/contoso/os"; same r
expect "registry and server" 0 "" get rs --source "oci+http://127.0.0.1:$port/v2/contoso/os" --source "$one"; same rs

# sources of the catalogue are checked before a machine needs them
expect "source in the catalogue" 0 "" $program publish source $repo --id mirror "$one"
expect "check asks sources" 0 " 0 problems" $program publish check $repo --cacert "$work/root.pem"
expect "check misses blobs at an empty source" 76 "404" $program publish check $repo --cacert "$work/root.pem" --source "${one}lost/"

cp -r "$work/repo" "$work/signed"
head -c 300000 /dev/urandom >"$work/signed/signatures/$(sha256sum <"$work/repo/catalog.xml" | cut -d' ' -f1).p7s"
expect "a signature that is too long" 73 "signature" get s --source "$work/signed"

# what nothing refers to is collected
echo gone >>"$work/src/setup.sh"
expect "a publication that is refused" 68 "give this content a new version" \
    $program publish package $repo --id P0010001 --version 2 "$work/src"
expect "gc takes what it left (a pack and a file list)" 0 "2 blobs removed" $program publish gc $repo --keep-days 0
expect "remove" 0 "" $program publish remove $repo P0010002
expect "gc keeps what is public" 0 "0 blobs removed" $program publish gc $repo --keep-days 0
expect "sign without it" 0 "" $program publish sign $repo $sign
expect "gc" 0 "blobs removed" $program publish gc $repo --keep-days 0
expect "check after gc" 0 " 0 problems" $program publish check $repo --cacert "$work/root.pem"

# how many connections there are is what the command says, for all sources
expect "a package of one file" 0 "" $program publish package $repo --id P0010003 "$work/src/install.wim"
expect "sign with it" 0 "" $program publish sign $repo $sign
cat >"$work/site.xml" <<XML
<site><source url="$two" priority="10"/><trust file="root.pem"/><revocation mode="off"/></site>
XML
expect "--connections is for sources of site file and catalogue, too" 0 "" bash -c \
    "'$real_program' fetch --site '$work/site.xml' --package P0010003 --to '$work/n' --connections 1 --json >'$work/json'"
grep -q '"connections":[12],' "$work/json" || bad "no progress was told: $(cat "$work/json")"
grep '"connections":\([3-9]\|1[0-9]\),' "$work/json" && bad "more than one connection of two sources each"
finish
