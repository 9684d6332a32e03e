# lib.sh - what the network tests share: tools, free ports, a private authority, nginx. Sourced.
# shellcheck shell=bash
set -u
real_program=$(realpath "${1:?usage: TEST PROGRAM}")
work=$(mktemp -d)
pids=()
failures=0
n=0

cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
    rm -rf "$work"
}
trap cleanup EXIT

need() {
    for tool in "$@"; do
        if ! command -v "$tool" >/dev/null && [ ! -x "/usr/sbin/$tool" ]; then
            echo "missing: $tool (run-tests installs it)"
            exit 1
        fi
    done
}
PATH=$PATH:/usr/sbin

free_port() { # the kernel picks; taken again at once
    python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'
}

ok() { echo "ok: $1 (${SECONDS} s)"; }
bad() { echo "FAILED: $1"; failures=$((failures + 1)); }

program=bounded
bounded() { timeout 90 "$real_program" "$@"; } # no case may wait for ever

# expect NAME STATUS TEXT COMMAND...: exit status, and a piece of what it says
expect() {
    local name=$1 status=$2 text=$3 out rc
    shift 3
    n=$((n + 1)) # a fresh folder for each fetch
    out=$("$@" 2>&1)
    rc=$?
    if [ "$rc" != "$status" ]; then
        bad "$name: exit status $rc, not $status: $out"
    elif [ -n "$text" ] && ! grep -qF -- "$text" <<<"$out"; then
        bad "$name: '$text' is not in: $out"
    else
        ok "$name"
    fi
}

ca_config() { # FOLDER
    mkdir -p "$1"
    : >"$1/index.txt"
    echo 1000 >"$1/serial"
    echo 1000 >"$1/crlnumber"
    cat >"$1/ca.cnf" <<CNF
[ca]
default_ca = it
[it]
dir = $1
database = \$dir/index.txt
serial = \$dir/serial
crlnumber = \$dir/crlnumber
new_certs_dir = \$dir
certificate = \$dir/ca.pem
private_key = \$dir/ca.key
default_md = sha256
default_days = 365
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
CNF
}

make_authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=Test Root" -days 3650 \
        -keyout "$work/root.key" -out "$work/root.pem" \
        -addext basicConstraints=critical,CA:true -addext keyUsage=keyCertSign,cRLSign 2>/dev/null
    ca_config "$work/int"
    ca_config "$work/rootca"
    cp "$work/root.key" "$work/rootca/ca.key"
    cp "$work/root.pem" "$work/rootca/ca.pem"
    openssl req -newkey rsa:2048 -nodes -subj "/CN=Test Intermediate" -keyout "$work/int/ca.key" \
        -out "$work/int.csr" 2>/dev/null
    printf 'basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\n' >"$work/int.ext"
    openssl ca -batch -config "$work/rootca/ca.cnf" -in "$work/int.csr" -out "$work/int/ca.pem" \
        -days 3650 -extfile "$work/int.ext" -notext 2>/dev/null
    cp "$work/int/ca.pem" "$work/int.pem"
    cat "$work/root.pem" "$work/int.pem" >"$work/chain.pem"
    crl
}

crl() { # writes the lists anew
    openssl ca -config "$work/int/ca.cnf" -gencrl -out "$work/int.crl" "$@" 2>/dev/null
    openssl ca -config "$work/rootca/ca.cnf" -gencrl -out "$work/root.crl" "$@" 2>/dev/null
}

# leaf NAME EXTENSIONS [BITS] [openssl ca options]
leaf() {
    local name=$1 ext=$2 bits=${3:-2048}
    shift $(($# > 3 ? 3 : $#))
    openssl req -newkey "rsa:$bits" -nodes -subj "/CN=$name" -keyout "$work/$name.key" \
        -out "$work/$name.csr" 2>/dev/null
    printf '%b' "$ext" >"$work/$name.ext"
    openssl ca -batch -config "$work/int/ca.cnf" -in "$work/$name.csr" -out "$work/$name.pem" \
        -extfile "$work/$name.ext" -notext "$@" 2>/dev/null
    cat "$work/$name.pem" "$work/int.pem" >"$work/$name.chain.pem"
}

# serve NAME "directives": an nginx with TLS on a free port; its URL is in $url
serve() {
    local name=$1 port
    port=$(free_port)
    mkdir -p "$work/nginx-$name"
    cat >"$work/nginx-$name/nginx.conf" <<CNF
daemon off; pid $work/nginx-$name/pid; error_log $work/nginx-$name/error.log; worker_processes 1;
$([ "$(id -u)" = 0 ] && echo "user root;")
events { worker_connections 512; }
http { access_log $work/nginx-$name/access.log; default_type application/octet-stream;
  client_body_temp_path $work/nginx-$name/t1; proxy_temp_path $work/nginx-$name/t2;
  fastcgi_temp_path $work/nginx-$name/t3; uwsgi_temp_path $work/nginx-$name/t4;
  scgi_temp_path $work/nginx-$name/t5;
  server { listen 127.0.0.1:$port $3; root ${root_folder:-$work/repo}; $2 } }
CNF
    nginx -c "$work/nginx-$name/nginx.conf" 2>>"$work/nginx-$name/error.log" &
    pids+=($!)
    url=https://localhost:$port/
    [ -n "$3" ] || url=http://127.0.0.1:$port/
    for _ in $(seq 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        sleep 0.1
    done
    bad "nginx $name does not start: $(cat "$work/nginx-$name/error.log")"
}

tls_server() { # NAME CHAIN KEY [MORE]
    serve "$1" "ssl_certificate $2; ssl_certificate_key $3; ${4:-}" ssl
}

finish() {
    [ "$failures" = 0 ] && echo "all passed" && exit 0
    echo "$failures failed"
    exit 1
}
