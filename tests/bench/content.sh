#!/bin/bash
# content.sh - taskseq fetch beside curl, curl -Z, aria2c, wget and rclone, in one run, through an
# emulated wide-area network (40 ms, 1 MiB window = 25 MB/s a connection, 1 Gbit/s for all).
#
#   content.sh TASKSEQ WAN [MiB of the big file, 1024 by default]
# shellcheck disable=SC1091,SC2154,SC2086
wan=$(realpath "${2:?usage: content.sh TASKSEQ WAN [MIB]}")
mib=${3:-1024}
. "$(dirname "$0")/../net/lib.sh"
need nginx openssl python3 curl aria2c wget rclone
make_authority
leaf good 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf signer 'extendedKeyUsage=codeSigning\n'
mkdir -p "$work/big" "$work/many"
head -c $((mib * 1048576)) /dev/urandom >"$work/big/big.bin"
for i in $(seq 5000); do head -c 20000 /dev/urandom >"$work/many/f$i.bin"; done
for p in "BIG 1 $work/big" "MANY 1 $work/many" "LOOSE 1 --loose $work/many"; do
    set -- $p
    "$real_program" publish package --repo "$work/repo" --id "$1" --version "$2" ${4:+--loose} "${4:-$3}" >/dev/null || exit 1
done
"$real_program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null
cp -l "$work/big/big.bin" "$work/repo/big.bin"
mkdir "$work/repo/many"; cp -l "$work"/many/* "$work/repo/many/"
serve plain "" ""; plain=${url##*:}; plain=${plain%/}
serve tls "ssl_certificate $work/good.chain.pem; ssl_certificate_key $work/good.key;" "ssl http2"; tls=${url##*:}; tls=${tls%/}
relay() { # PORT -> $far
    far=$(free_port)
    "$wan" "$far" "$1" 40 1048576 125000000 2>>"$work/wan.log" &
    pids+=($!); relay_pid=$!
    sleep 0.3
}
relay "$plain"; http=http://127.0.0.1:$far; http_pid=$relay_pid
relay "$tls"; https=https://localhost:$far
ca="$work/root.pem"
trust="--cacert $ca --signer $ca --revocation off"
export GODEBUG=x509sha1=0 SSL_CERT_FILE="$ca"

rows=0
row() { # NAME COMMAND...: wall and CPU seconds
    local name=$1 out
    shift
    # Nothing is deleted in between but big files: ext4 looks for inodes that were not freed lately,
    # which cost a millisecond for each new file (measured).
    rows=$((rows + 1)); mkdir -p "$work/old"; [ -e "$work/out" ] && mv "$work/out" "$work/old/$rows"
    find "$work/old" -size +1000k -delete; mkdir "$work/out"; cd "$work/out" || exit 1
    out=$( { TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>"$work/row.err"; } 2>&1 )
    awk -v n="$name" '{printf "| %-44s | %7.2f | %6.2f |\n", n, $1, $2 + $3}' <<<"$out"
    cd "$work" || exit 1
}
ranges() { # URL: curl -Z with 8 ranges into 8 files
    local size=$((mib * 1048576)) args=() i
    for i in $(seq 0 7); do
        args+=(-r "$((i * size / 8))-$(((i + 1) * size / 8 - 1))" -o "part$i" "$1")
        [ "$i" = 7 ] || args+=(--next --cacert "$ca" -s --http1.1)
    done
    curl -Z -s --http1.1 --cacert "$ca" "${args[@]}"
}
list() { for i in $(seq 5000); do printf 'url="%s/many/f%s.bin"\noutput="f%s.bin"\n' "$1" "$i" "$i"; done; }
fetch() { "$real_program" fetch --quiet $trust --to "$work/out/p" "$@"; }

echo "$(nproc) cores, $(uname -sr), $(curl --version | head -1 | cut -d' ' -f1-4), $(aria2c --version | head -1), $(rclone version | head -1)"
echo "load: $(cut -d' ' -f1-3 /proc/loadavg)"
for scheme in http https; do
    base=${!scheme}
    echo; echo "| one file of $mib MiB, $scheme | wall s | CPU s |"; echo "|---|---|---|"
    [ "${BENCH_SLOW:-1}" = 1 ] && row "curl" curl -s --cacert "$ca" -o big "$base/big.bin"
    [ "${BENCH_SLOW:-1}" = 1 ] && [ $scheme = http ] && row "wget" wget -q -O big "$base/big.bin"
    row "curl -Z, 8 ranges in 8 files, not verified" ranges "$base/big.bin"
    row "aria2c -x8 -s8 -k1M, not verified" aria2c -q -x8 -s8 -k1M --ca-certificate="$ca" -o big "$base/big.bin"
    row "rclone, 8 streams, not verified" rclone copyurl --ca-cert "$ca" --multi-thread-streams 8 --multi-thread-cutoff 1M "$base/big.bin" big
    row "taskseq fetch, 8 connections, verified" fetch --package BIG --source "$base/" --connections 8
    # What curl is told, the address, told to taskseq as well: the manifest, which lies here.
    row "taskseq fetch --manifest, 8 conn., verified" fetch --manifest "$work/repo/packages/BIG-1.meta4" --source "$base/" --connections 8
    cmp "$work/out/p/big.bin" "$work/big/big.bin" || bad "wrong content"
    row "taskseq fetch, adaptive, verified" fetch --package BIG --source "$base/"
    [ -s "$work/row.err" ] && cat "$work/row.err"
    cmp "$work/out/p/big.bin" "$work/big/big.bin" || bad "wrong content"
done
echo; echo "| 5,000 files of 20 KB, https | wall s | CPU s |"; echo "|---|---|---|"
list "$https" >"$work/list"
sed -n 's/url="\(.*\)"/\1/p' "$work/list" >"$work/urls"
row "curl -Z 128, HTTP/2" curl -Z --parallel-max 128 -s --cacert "$ca" -K "$work/list"
row "aria2c -j64" aria2c -q -j64 --ca-certificate="$ca" -i "$work/urls"
row "taskseq fetch, loose files, verified" fetch --package LOOSE --source "$https/"
diff -r "$work/out/p" "$work/many" >/dev/null || bad "loose: wrong content"
row "taskseq fetch, package, verified" fetch --package MANY --source "$https/"
diff -r "$work/out/p" "$work/many" >/dev/null || bad "package: wrong content"

echo; echo "resume: kill -9 at about half, http"
rm -rf "$work/out"; mkdir "$work/out"
kill -USR1 "$http_pid"; sleep 0.1; : >"$work/wan.log"
timeout -s KILL $((mib / 205 + 1)) "$real_program" fetch --quiet $trust --to "$work/out/p" --package BIG --source "$http/" --connections 8 2>/dev/null
sleep 1
start=$(date +%s.%N)
fetch --package BIG --source "$http/" --connections 8 || bad "resume fails"
end=$(date +%s.%N)
cmp "$work/out/p/big.bin" "$work/big/big.bin" || bad "resume: wrong content"
kill -USR1 "$http_pid"; sleep 0.2
awk -v size=$((mib * 1048576)) -v s="$start" -v e="$end" \
    '{printf "bytes over the network / size: %.3f, second part %.1f s\n", $1 / size, e - s}' "$work/wan.log"

echo; echo "CPU and memory without the network in the way (loopback, http)"
echo "| one file of $mib MiB | wall s | CPU s |"; echo "|---|---|---|"
near=http://127.0.0.1:$plain
row "curl; openssl dgst" bash -c "curl -s -o big $near/big.bin; openssl dgst -sha256 big"
row "taskseq fetch, verified" fetch --package BIG --source "$near/" --connections 8
rm -rf "$work/out"
mkdir "$work/out"
for package in BIG LOOSE MANY; do
    python3 - "$real_program" $trust --to "$work/out/$package" --package $package --source "$https/" <<'PY'
import resource, subprocess, sys
subprocess.run([sys.argv[1], "fetch", "--quiet"] + sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print("peak memory, %s: %d MiB" % (sys.argv[sys.argv.index("--package") + 1], peak))
PY
done
finish
