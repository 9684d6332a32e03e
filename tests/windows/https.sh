#!/bin/bash
# https.sh EXE - a server whose authority nobody knows: a download fails. The shipped pre-start script puts the root into
# the machine's store of certificates, and a later run, which gets no certificate from anybody, downloads by it.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
top=$(realpath "$here/../..")
wine=$top/cmake/windows/wine-env.sh
work=$(mktemp -d)
prefix=$work/prefix
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    "$wine" --prefix "$prefix" --stop 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
unset TASKSEQ_SOCKET
cd "$work"
fail() { echo "https.sh: $*" >&2; tail -n 20 out server.log >&2; exit 1; }

ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
{
    openssl req -x509 "${ec[@]}" -days 2 -subj '/CN=Field CA' -keyout ca.key -out ca.pem \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req "${ec[@]}" -subj '/CN=localhost' -keyout server.key -out server.csr
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >extensions
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem
} >out 2>&1 || fail "no certificates"
printf 'HTTP/1.0 200 ok\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello' >list.txt
openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -HTTP </dev/null >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.log)
    [ -z "$port" ] || break
    sleep 0.1
done
[ -n "$port" ] || fail "no HTTPS server"
mkdir scripts
cp "$top/sequences/prestart/trust-internal-ca.lua" ca.pem scripts/
cat >get.lua <<LUA
local a = ts.http.get{ url = "https://127.0.0.1:$port/list.txt", timeout = 20 }
assert(a.status == 200 and a.body == "hello", "wrong answer")
LUA
cat >s.xml <<'XML'
<sequence version="3.10"><step type="SMS_TaskSequence_SetVariableAction" name="A"><defaultVarList>
<variable name="VariableName" property="VariableName">Done</variable>
<variable name="VariableValue" property="VariableValue">1</variable></defaultVarList></step></sequence>
XML
run() { # WORK OPTION...
    local folder=$1
    shift
    "$wine" --prefix "$prefix" --run "$exe" run s.xml --work "C:/$folder" "$@" >out 2>&1
}
! run one --prestart get.lua || fail "a server of an unknown authority was trusted"
grep -qi 'certificate' out || fail "the refusal names no certificate"
run two --prestart scripts/trust-internal-ca.lua --prestart get.lua || fail "no download with the root"
"$wine" --prefix "$prefix" --stop 2>/dev/null || true # what Wine has of the store is on the disk
run three --prestart get.lua || fail "no download by the machine's store of certificates"
echo "https.sh: refused, trusted, and trusted by a later run"
