#!/bin/sh
# authority.sh - an authority of your own for a taskseq repository: a root, an intermediate, and the
# three certificates that content needs. For a first try and for tests: its keys have no passwords.
#
#   ./authority.sh new FOLDER HOST [CRL-URL]    everything, for the server HOST
#   ./authority.sh machine FOLDER NAME          one more client certificate: NAME.pfx
#   ./authority.sh revoke FOLDER NAME           that certificate is worth nothing from now on
#   ./authority.sh lists FOLDER                 the revocation lists anew (they end after 30 days)
#
# FOLDER then holds
#   trust.pem          root and intermediate: what machines trust (--cacert, --signer)
#   server-chain.pem, server.key        for the web server
#   clients-chain.pem, clients-crl.pem  how the web server checks machines
#   media.pfx, media.password           what machines show to the web server
#   signer-chain.pem, signer.key        for `taskseq publish sign`
#   crl/                                revocation lists, to be served under CRL-URL over http
set -eu
[ $# -ge 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
verb=$1 folder=$2
mkdir -p "$folder"
cd "$folder"

settings() { # AUTHORITY DAYS: what `openssl ca` wants to know
    mkdir -p "$1.d"
    : >"$1.d/index.txt"
    echo 01 >"$1.d/serial"
    echo 01 >"$1.d/crlnumber"
    cat >"$1.cnf" <<CNF
[ca]
default_ca = it
[it]
database = $1.d/index.txt
serial = $1.d/serial
crlnumber = $1.d/crlnumber
new_certs_dir = $1.d
certificate = $1.pem
private_key = $1.key
default_md = sha256
default_days = $2
default_crl_days = 30
policy = names
unique_subject = no
[names]
commonName = supplied
CNF
}

lists() {
    mkdir -p crl
    for ca in root intermediate; do
        openssl ca -config $ca.cnf -gencrl -out $ca.crl.pem 2>/dev/null
        openssl crl -in $ca.crl.pem -outform DER -out crl/$ca.crl
    done
    cat root.crl.pem intermediate.crl.pem >clients-crl.pem
    chmod -R a+rX crl # the web server gives them to everybody; the keys it does not
}

issue() { # AUTHORITY NAME EXTENSION...
    ca=$1 name=$2
    shift 2
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
    printf '%s\n' "$@" >"$name.ext"
    [ -z "$(cat crl-url)" ] || echo "crlDistributionPoints=URI:$(cat crl-url)/$ca.crl" >>"$name.ext"
    openssl ca -batch -config "$ca.cnf" -in "$name.csr" -out "$name.pem" -extfile "$name.ext" -notext 2>/dev/null
    rm "$name.csr" "$name.ext"
}

machine() { # NAME
    issue intermediate "$1" extendedKeyUsage=clientAuth
    openssl rand -hex 16 >"$1.password"
    openssl pkcs12 -export -in "$1.pem" -inkey "$1.key" -certfile intermediate.pem -out "$1.pfx" \
        -passout "file:$1.password"
    rm "$1.key"
}

new() { # HOST CRL-URL
    echo "$2" >crl-url
    authority='basicConstraints=critical,CA:true'
    use='keyUsage=critical,keyCertSign,cRLSign'
    openssl req -x509 -newkey rsa:3072 -nodes -subj "/CN=Example Root" -days 3650 -keyout root.key \
        -out root.pem -addext "$authority" -addext "$use" 2>/dev/null
    settings root 3650
    settings intermediate 365
    issue root intermediate "$authority" "$use"
    cat root.pem intermediate.pem >trust.pem
    cp trust.pem clients-chain.pem
    case $1 in *[!0-9.]*) kind=DNS ;; *) kind=IP ;; esac
    issue intermediate server "subjectAltName=$kind:$1" extendedKeyUsage=serverAuth
    issue intermediate signer extendedKeyUsage=codeSigning
    cat server.pem intermediate.pem >server-chain.pem
    cat signer.pem intermediate.pem >signer-chain.pem
    machine media
    lists
}

umask 077
chmod a+rx .
case $verb in
new) new "${3:?HOST is missing}" "${4-}" ;;
machine) machine "${3:?NAME is missing}" ;;
revoke)
    openssl ca -config intermediate.cnf -revoke "${3:?NAME is missing}.pem" 2>/dev/null
    lists
    ;;
lists) lists ;;
*) echo "authority.sh: unknown word '$verb'" >&2; exit 2 ;;
esac
