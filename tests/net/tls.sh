#!/bin/bash
# tls.sh - every broken state of TLS that a deployment meets, against a real nginx: the right bytes or
# a message that says which certificate, what is wrong, and what to do.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
need nginx openssl python3
ocsp_answer=$(realpath "${2:?usage: tls.sh PROGRAM OCSP_ANSWER}")
make_authority
san='subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf good "$san"
leaf expired "$san" 2048 -startdate 20200101000000Z -enddate 20200201000000Z
leaf future "$san" 2048 -startdate 20450101000000Z -enddate 20460101000000Z
leaf otherhost 'subjectAltName=DNS:elsewhere.example\nextendedKeyUsage=serverAuth\n'
leaf revoked "$san"
leaf weak "$san" 1024
leaf nolist "${san}crlDistributionPoints=URI:http://127.0.0.1:1/none.crl\n"
leaf signer 'extendedKeyUsage=codeSigning\n'
leaf client 'extendedKeyUsage=clientAuth\n'
leaf badclient 'extendedKeyUsage=clientAuth\n'
openssl ca -config "$work/int/ca.cnf" -revoke "$work/revoked.pem" 2>/dev/null
openssl ca -config "$work/int/ca.cnf" -revoke "$work/badclient.pem" 2>/dev/null
crl
cat "$work/int.crl" "$work/root.crl" >"$work/crl.pem"
for c in client badclient; do
    openssl pkcs12 -export -in "$work/$c.pem" -inkey "$work/$c.key" -certfile "$work/int.pem" \
        -out "$work/$c.pfx" -passout pass:pw
done
printf 'pw\n' >"$work/pw"
printf 'wrong\n' >"$work/wrongpw"

mkdir "$work/src"
head -c 5000000 /dev/urandom >"$work/src/big.bin"
echo hello >"$work/src/small.txt"
"$program" publish package --repo "$work/repo" --id P1 --version 1 "$work/src" >/dev/null || exit 1
echo '<sequence version="3.00"/>' >"$work/s.xml"
"$program" publish deployment --repo "$work/repo" --id D1 "$work/s.xml" >/dev/null || exit 1
"$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" \
    >/dev/null || exit 1

fetch() { # more options
    "$program" fetch --quiet --source "$url" --package P1 --to "$work/out$n" --tries 2 \
        --signer "$work/root.pem" "$@"
}
same() { diff -r "$work/src" "$work/out$((n))" >/dev/null || bad "$1: wrong content"; }
root="--cacert $work/root.pem"

tls_server good "$work/good.chain.pem" "$work/good.key"
# shellcheck disable=SC2086
{
fetch $root && same "good"; ok "good server"
expect "authority unknown" 77 "'CN = Test Root'" fetch --cacert "$work/client.pem"
expect "no authority of one's own" 77 "is missing" fetch
expect "intermediate alone is an anchor" 0 "" fetch --cacert "$work/int.pem"
expect "revocation leaf, list given" 0 "" fetch $root --revocation leaf --crl "$work/crl.pem"
expect "revocation leaf, no list" 77 "no revocation list" fetch $root --revocation leaf
expect "revocation soft, no list warns" 0 "no revocation list" fetch $root
expect "revocation off is silent" 0 "" fetch $root --revocation off
expect "revocation chain, both lists" 0 "" fetch $root --revocation chain --crl "$work/crl.pem"
expect "revocation chain, root's list missing" 77 "no revocation list is available for the certificate 'CN = Test Intermediate'" \
    fetch $root --revocation chain --crl "$work/int.crl"
expect "revocation chain, the intermediate is an anchor, too" 0 "" \
    fetch --cacert "$work/chain.pem" --revocation chain --crl "$work/crl.pem"
expect "revocation chain, the intermediate is the only anchor" 0 "" \
    fetch --cacert "$work/int.pem" --revocation chain --crl "$work/int.crl"
expect "a list of another authority under that name" 77 "no revocation list" \
    fetch $root --revocation leaf --crl "$work/root.crl"
expect "revocation staple, nothing stapled" 77 "staples no OCSP answer" fetch $root --revocation staple
expect "signer not trusted" 77 "signer is not trusted" "$program" fetch --quiet --source "$url" \
    --package P1 --to "$work/x" $root --signer "$work/good.pem"

for _ in $(seq 1000); do cat "$work/root.pem"; done >"$work/many.pem"
for _ in $(seq 1000); do cat "$work/int.crl"; done >"$work/many.crl"
expect "too many authorities" 73 "more than 999 certificates" fetch --cacert "$work/many.pem"
expect "too many lists" 73 "more than 999 revocation lists" fetch $root --crl "$work/many.crl"
{ cat "$work/root.pem"; head -c 4200000 /dev/zero | tr '\0' '\n'; } >"$work/long.pem"
expect "a file of authorities that is too long" 73 "long.pem" fetch --cacert "$work/long.pem"

tls_server nochain "$work/good.pem" "$work/good.key"
expect "server forgets its intermediate" 77 "the certificate of the issuer 'CN = Test Intermediate' of 'CN = good' is missing" fetch $root
expect "... and the site has it" 0 "" fetch --cacert "$work/chain.pem"

# OCSP answers of the intermediate, as a responder would give them to the web server.
staple() { # NAME CERTIFICATE
    openssl ocsp -issuer "$work/int.pem" -cert "$2" -no_nonce -reqout "$work/$1.req" 2>/dev/null
    openssl ocsp -index "$work/int/index.txt" -CA "$work/int.pem" -rsigner "$work/int.pem" -rkey "$work/int/ca.key" \
        -reqin "$work/$1.req" -respout "$work/$1.der" "${@:3}" >/dev/null 2>&1
}
staple good "$work/good.pem" -ndays 7
tls_server stapled "$work/good.chain.pem" "$work/good.key" "ssl_stapling on; ssl_stapling_file $work/good.der;"
expect "revocation staple, a good answer" 0 "" fetch $root --revocation staple
same "staple"
expect "doctor, a good answer" 0 "not revoked (mode 'staple')" "$program" doctor "$url" $root --signer "$work/root.pem" --revocation staple
staple revoked "$work/revoked.pem" -ndays 7
tls_server stapledrevoked "$work/revoked.chain.pem" "$work/revoked.key" "ssl_stapling on; ssl_stapling_file $work/revoked.der;"
expect "revocation staple, revoked" 77 "is revoked by its issuer" fetch $root --revocation staple
tls_server stapledother "$work/good.chain.pem" "$work/good.key" "ssl_stapling on; ssl_stapling_file $work/revoked.der;"
expect "revocation staple, an answer about another certificate" 77 "staples no good OCSP" fetch $root --revocation staple

# An answer that is out of date, or not valid yet: neither revoked nor missing. libcurl grants five minutes.
dated() { # NAME CERTIFICATE FROM UNTIL [revoked]
    "$ocsp_answer" "$work/int.pem" "$work/int/ca.key" "$work/$2.pem" "$work/$1.der" "${@:3}" || bad "ocsp_answer $1"
    tls_server "$1" "$work/$2.chain.pem" "$work/$2.key" "ssl_stapling on; ssl_stapling_file $work/$1.der;"
}
dated fresh good -3600 3600
expect "revocation staple, an answer of an hour" 0 "" fetch $root --revocation staple
dated staleanswer good -172800 -86400
expect "revocation staple, a stale answer" 77 "staples an OCSP answer that is out of date or not valid yet" fetch $root --revocation staple
expect "... is asked for by no other mode" 0 "" fetch $root --revocation leaf --crl "$work/crl.pem"
expect "doctor, a stale answer" 75 "failed   revocation            the server at" "$program" doctor "$url" $root --signer "$work/root.pem" --revocation staple
expect "doctor says the code and what to do" 75 "curl 91, 0x80072f19" "$program" doctor "$url" $root --signer "$work/root.pem" --revocation staple
dated early good 86400 172800
expect "revocation staple, an answer of tomorrow" 77 "compare this machine's clock" fetch $root --revocation staple
dated stalerevoked revoked -172800 -86400 revoked
expect "revocation staple, a stale answer that says revoked" 77 "out of date" fetch $root --revocation staple
dated freshrevoked revoked -3600 3600 revoked
expect "revocation staple, a fresh one" 77 "is revoked by its issuer" fetch $root --revocation staple
tls_server nonestapled "$work/good.chain.pem" "$work/good.key"
expect "revocation staple, nothing stapled is something else" 77 "staples no OCSP answer" fetch $root --revocation staple

tls_server expired "$work/expired.chain.pem" "$work/expired.key"
expect "expired" 77 "expired at 2020-02-01" fetch $root
tls_server future "$work/future.chain.pem" "$work/future.key"
expect "not yet valid" 77 "is not valid before 2045-01-01" fetch $root
tls_server otherhost "$work/otherhost.chain.pem" "$work/otherhost.key"
expect "wrong host" 77 "elsewhere.example" fetch $root
tls_server weak "$work/weak.chain.pem" "$work/weak.key" "ssl_ciphers ALL:@SECLEVEL=0;"
expect "weak key" 77 "too weak" fetch $root
tls_server revoked "$work/revoked.chain.pem" "$work/revoked.key"
expect "revoked, soft" 77 "is revoked by its issuer" fetch $root --crl "$work/crl.pem"
expect "revoked, leaf" 77 "is revoked by its issuer" fetch $root --crl "$work/crl.pem" --revocation leaf
expect "revoked, chain" 77 "is revoked by its issuer" fetch $root --crl "$work/crl.pem" --revocation chain
expect "revoked, nobody knows, soft" 0 "no revocation list" fetch $root

tls_server nolist "$work/nolist.chain.pem" "$work/nolist.key"
expect "list unreachable, soft" 0 "cannot get the revocation list" fetch $root
expect "list unreachable, leaf" 77 "no revocation list is available" fetch $root --revocation leaf

# A list that lies at the place that the certificate names is fetched by us.
serve lists "" ""
lists=$url
mkdir -p "$work/repo/lists"
cp "$work/int.crl" "$work/repo/lists/int.pem"
openssl crl -in "$work/int.crl" -outform DER -out "$work/repo/lists/int.crl"
leaf listed "${san}crlDistributionPoints=URI:${lists}lists/int.crl\n"
leaf listedrevoked "${san}crlDistributionPoints=URI:${lists}lists/int.crl\n"
openssl ca -config "$work/int/ca.cnf" -revoke "$work/listedrevoked.pem" 2>/dev/null
crl
openssl crl -in "$work/int.crl" -outform DER -out "$work/repo/lists/int.crl"
tls_server listed "$work/listed.chain.pem" "$work/listed.key"
expect "list fetched by us, leaf" 0 "" fetch $root --revocation leaf
listedurl=$url
tls_server listedrevoked "$work/listedrevoked.chain.pem" "$work/listedrevoked.key"
expect "list fetched by us, revoked, soft" 77 "is revoked by its issuer" fetch $root
expect "list fetched in the middle of a transfer" 0 "" fetch $root --revocation leaf --source "$listedurl"
grep -q "GET /blobs" "$work/nginx-listed/access.log" || bad "that server gave nothing"
crl -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z
openssl crl -in "$work/int.crl" -outform DER -out "$work/repo/lists/int.crl"
tls_server stale "$work/listed.chain.pem" "$work/listed.key"
expect "stale list, leaf" 77 "out of date" fetch $root --revocation leaf
expect "stale list, soft" 0 "out of date" fetch $root
crl
{ openssl crl -in "$work/int.crl"; head -c 17000000 /dev/zero | tr '\0' '\n'; } >"$work/repo/lists/int.crl"
tls_server longlist "$work/listed.chain.pem" "$work/listed.key"
expect "a list that is too long, leaf" 77 "no revocation list is available" fetch $root --revocation leaf
expect "a list that is too long, soft" 0 "cannot get the revocation list" fetch $root

tls_server old "$work/good.chain.pem" "$work/good.key" "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"
expect "TLS 1.0 only" 75 "cannot get" fetch $root
expect "doctor, TLS 1.0 only" 75 "versions of TLS that are not safe any more" "$program" doctor "$url" $root

tls_server mtls "$work/good.chain.pem" "$work/good.key" \
    "ssl_client_certificate $work/chain.pem; ssl_verify_client on; ssl_verify_depth 2; ssl_crl $work/crl.pem;"
expect "client certificate" 0 "" fetch $root --pfx "$work/client.pfx" --pfx-password-file "$work/pw"
same "client certificate"
expect "client certificate missing" 75 "client certificate" fetch $root
expect "client certificate revoked" 75 "" fetch $root --pfx "$work/badclient.pfx" --pfx-password-file "$work/pw"
expect "password of the PFX wrong" 77 "password of the PFX file is wrong" \
    fetch $root --pfx "$work/client.pfx" --pfx-password-file "$work/wrongpw"
expect "doctor, client certificate missing" 75 "wants a client certificate" "$program" doctor "$url" $root
expect "doctor, all well" 0 "all 5 blobs" "$program" doctor "$url" $root \
    --pfx "$work/client.pfx" --pfx-password-file "$work/pw"
}

# What else the doctor tells apart.
look() { expect "doctor, $1" 75 "$2" "$program" doctor "$3" --cacert "$work/root.pem" "${@:4}"; }
look "http on a port for https" "may be one for https" "http${url#https}"
serve plain "" ""
look "https on a port for http" "does not speak TLS" "https${url#http}"
look "the signer is not trusted" "who may sign is said by --signer" "$url" --signer "$work/good.pem"
look "no catalogue there" "and signed" "${url}nowhere/"
look "nobody listens" "nobody listens there" "https://localhost:$(free_port)/"
look "an unknown name" "check the name" https://nowhere.invalid/
serve portal 'location / { return 302 http://login.hotel.example/?token=x; }' ""
look "a captive portal" "answers with a page of its own ('http://login.hotel.example/')" "$url"
serve busy 'location / { return 503; }' ""
look "a server that cannot work" "HTTP status 503: it is up" "$url"
cp -r "$work/repo" "$work/holes"
find "$work/holes/blobs" -size +1000k -delete
root_folder=$work/holes serve holes "" ""
look "a blob is missing" "1 missing: P1 version 1" "$url"
cp -r "$work/repo" "$work/short"
find "$work/short/blobs" -size +1000k -exec truncate -s 1M {} +
root_folder=$work/short serve short "" ""
look "a blob is cut short" "has 1048576 bytes there, not 5000000" "$url"
cp -r "$work/repo" "$work/lost"
rm "$work/lost/blobs/sha256/$(sha256sum <"$work/s.xml" | cut -d' ' -f1)"
root_folder=$work/lost serve lost "" ""
look "the sequence of a deployment is missing" "1 missing: D1" "$url"
cp -r "$work/repo" "$work/bare"
rm "$work/bare/blobs/sha256/"*
root_folder=$work/bare serve bare "" ""
look "all is missing" "3 missing" "$url"

# A changed catalogue, an unsigned one, an old one.
tls_server again "$work/good.chain.pem" "$work/good.key"
cp "$work/repo/catalog.xml" "$work/catalog.1"
sed -i 's/version="1" issued/version="9" issued/' "$work/repo/catalog.xml"
expect "changed catalogue" 66 "no signature" fetch --cacert "$work/root.pem"
cp "$work/catalog.1" "$work/repo/catalog.xml"
"$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null
expect "version 2 is seen" 0 "" fetch --cacert "$work/root.pem" --cache "$work/cache"
cp "$work/catalog.1" "$work/repo/catalog.xml"
expect "an old catalogue is refused" 77 "an old copy" fetch --cacert "$work/root.pem" --cache "$work/cache"
expect "publish does not sign with a server's certificate" 77 "no reader would take" \
    "$program" publish sign --repo "$work/repo" --cert "$work/good.chain.pem" --key "$work/good.key"
openssl cms -sign -binary -outform DER -signer "$work/good.pem" -certfile "$work/int.pem" \
    -inkey "$work/good.key" -in "$work/repo/catalog.xml" \
    -out "$work/repo/signatures/$(sha256sum <"$work/repo/catalog.xml" | cut -d ' ' -f 1).p7s"
expect "a server's certificate cannot sign" 77 "not for signing" fetch --cacert "$work/root.pem"
finish
