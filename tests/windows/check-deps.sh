#!/bin/bash
# check-deps.sh [BUILD-DIR] - builds check_deps.exe with the libraries of the Windows build and runs it under Wine,
# against an HTTPS server on loopback whose certificate comes from a CA made for this run.
# TASKSEQ_CHECK_TARGET=arm64: builds the ARM64 program and looks at its imports; it is not run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
windows=$here/../../cmake/windows
target=${TASKSEQ_CHECK_TARGET:-x64}
build=${1:-$(mktemp -d)}
work=$(mktemp -d)
servers=()

finish() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2> /dev/null || true
    rm -rf "$work"
    [ $# -gt 0 ] || rm -rf "$build"
}
trap 'finish "$@"' EXIT

make_certificates() {
    local ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    openssl req -x509 "${ec[@]}" -days 2 -subj '/CN=check-deps CA' -keyout ca.key -out ca.pem \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl x509 -in ca.pem -outform der -out ca.der
    openssl req "${ec[@]}" -subj '/CN=localhost' -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > extensions
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions \
        -out server.pem
}

make_archives() {
    echo 'hello from linux' > hello.txt
    cmake -E tar cf files.zip --format=zip hello.txt
    cmake -E tar cf files.tar.zst --zstd hello.txt
}

# Starts a server; port 0 lets the kernel choose one, which the program then names. Sets 'port'.
start_server() { # ADDRESS PORT
    openssl s_server -accept "$1:$2" -cert server.pem -key server.key -www < /dev/null > "server-$1.log" 2>&1 &
    servers+=($!)
    for _ in $(seq 50); do
        if grep -q ^ACCEPT "server-$1.log"; then
            port=$2
            [ "$port" != 0 ] || port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "server-$1.log")
            return 0
        fi
        sleep 0.1
    done
    cat "server-$1.log" >&2
    echo "check-deps.sh: no HTTPS server on $1:$2" >&2
    return 1
}

cmake --fresh -S "$here/deps" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$windows/toolchain-$target.cmake" > "$work/build.log" || { cat "$work/build.log"; exit 1; }
cmake --build "$build" >> "$work/build.log" || { cat "$work/build.log"; exit 1; }
"$here/check-imports.sh" "$build/check_deps.exe"
stat -c '%s bytes' "$build/check_deps.exe"
[ "$target" = x64 ] || exit 0
cd "$work"
make_certificates 2> openssl.log || { cat openssl.log >&2; exit 1; }
make_archives
start_server 127.0.0.1 0
start_server 127.0.0.2 "$port"
status=0
CHECK_PORT=$port "$windows/wine-env.sh" --run "$build/check_deps.exe" || status=$?
# The test's CA is to trust nobody later; Wine fills the store again from the certificates of Linux.
"$windows/wine-env.sh" --run reg delete 'HKLM\Software\Microsoft\SystemCertificates\ROOT' /f > /dev/null
exit $status
