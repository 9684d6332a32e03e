#!/bin/bash
# registry.sh - a repository in Debian's docker-registry with TLS and a token service: moved there with
# the commands of docs/how-to/content.md, fetched with tokens that end in the middle, run from.
# shellcheck disable=SC1091,SC2154,SC2016
. "$(dirname "$0")/lib.sh"
need openssl python3 skopeo docker-registry
top=$(realpath "$(dirname "$0")/../..")
port=$(free_port)
tokens=$(free_port)
ca=$work/ca
cp "$top/docs/how-to/authority.sh" "$work/"
(cd "$work" && ./authority.sh new ca localhost) || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=token signer" -days 30 -keyout "$ca/token.key" \
    -out "$ca/token.pem" 2>/dev/null
echo 3600 >"$ca/life"
: >"$ca/tokens.log"
python3 "$top/tests/net/token_server.py" "$ca" "$tokens" &
pids+=($!)
cat >"$work/registry.yml" <<CNF
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$port", tls: {certificate: $ca/server-chain.pem, key: $ca/server.key}}
auth: {token: {realm: "https://localhost:$tokens/token", service: "test registry", issuer: test, rootcertbundle: $ca/token.pem}}
CNF
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
pids+=($!)
for _ in $(seq 50); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && (exec 3<>"/dev/tcp/127.0.0.1/$tokens") 2>/dev/null && break
    sleep 0.1
done

mkdir -p "$work/agent" "$work/drivers"
printf '#!/bin/sh\necho installed >"$1"\n' >"$work/agent/setup.sh"
echo "the drivers of HP" >"$work/drivers/readme.txt"
head -c 40000000 /dev/urandom >"$work/install.wim"
cat >"$work/applications.xml" <<XML
<applications><program package="P0010003" name="Install" command="sh setup.sh $work/installed"/></applications>
XML
publish() { "$program" publish package --repo "$work/repo" --version 1 --id "$@" >/dev/null || bad "publish $1"; }
publish P0010001 "$work/drivers"
publish P0010002 "$work/install.wim"
publish P0010003 "$work/agent"
publish Applications "$work/applications.xml"
mkdir "$work/many"
for i in $(seq 15); do head -c 2500000 /dev/urandom >"$work/many/$i.bin"; done
publish P0010004 "$work/many"
expect "sign" 0 "" "$program" publish sign --repo "$work/repo" --cert "$ca/signer-chain.pem" --key "$ca/signer.key"

# The page's commands; Go's programs take trust and credentials from the environment.
awk '/skopeo copy/ { found = 1 } /^for tag/ { on = 1 } on { print } /^done/ { on = 0 }' "$top/docs/how-to/content.md" |
    sed -e "s,/srv/taskseq,$work/repo,; s,Applications-1,Applications-1 P0010004-1,; s,registry.example.net,localhost:$port," >"$work/copy.sh"
printf '{"auths": {"localhost:%s": {"auth": "%s"}}}' "$port" \
    "$(printf 'machine:a secret: with colons' | base64)" >"$work/auth.json"
expect "skopeo copies it into the registry" 0 "" env SSL_CERT_FILE="$ca/trust.pem" REGISTRY_AUTH_FILE="$work/auth.json" \
    bash -e "$work/copy.sh"

printf 'a secret: with colons\n' >"$work/password"
site() { # FILE [REGISTRY-ELEMENT]
    cat >"$work/$1" <<XML
<site>
  <source id="registry" url="oci+https://localhost:$port/v2/contoso/os/"/>
  <trust file="ca/trust.pem"/>
  <revocation mode="off"/>
  ${2-}
</site>
XML
}
site site.xml '<registry user="machine" password-file="password"/>'
site nobody.xml
printf 'wrong\n' >"$work/wrong"
site wrong.xml '<registry user="machine" password-file="wrong"/>'
fetch() { "$program" fetch --quiet --to "$work/$1" --site "$work/$2" --package "${@:3}"; }
: >"$ca/tokens.log"
expect "fetch with a token" 0 "" fetch a site.xml P0010002
cmp "$work/a/install.wim" "$work/install.wim" || bad "wrong content"
[ "$(cat "$ca/tokens.log")" = "200 repository:contoso/os:pull" ] || bad "one token was enough: $(cat "$ca/tokens.log")"
expect "without credentials" 75 "cannot get a token for source 'registry'" fetch b nobody.xml P0010001
expect "with a wrong password" 75 "HTTP status 401" fetch b wrong.xml P0010001

# Tokens of a few seconds, and a download that needs many of them.
echo 2 >"$ca/life"
: >"$ca/tokens.log"
expect "tokens end in the middle of the transfer" 0 "" fetch c site.xml P0010004 --limit-rate 6M
diff -r "$work/c" "$work/many" >/dev/null || bad "wrong content"
n=$(grep -c ^200 "$ca/tokens.log")
[ "$n" -ge 3 ] && [ "$n" -le 12 ] && ok "$n tokens" || bad "$n tokens were asked for"
echo 3600 >"$ca/life"

expect "doctor" 0 "all 29 blobs" "$program" doctor --site "$work/site.xml"
expect "doctor says who is refused" 75 "token" "$program" doctor --site "$work/wrong.xml"

# a sequence from it
sed 's,sh "%Helper.*wait.*</action>,true</action>,' "$top/tests/net/packages.xml" >"$work/s.xml"
printf 'echo "$1" >>"%s"\n' "$work/told" >"$work/tell.sh"
run_it() { "$program" run "$work/s.xml" --phase full --work "$work/$1" --site "$work/site.xml" --cache "$work/cache" --var HelperFolder="$work"; }
go_on() { "$program" resume --work "$work/$1"; }
expect "run: package steps to the restart" 3 "" run_it run1
expect "run: behind the restart" 0 "" go_on run1
grep -q "^the drivers of HP|.*|https://localhost:$port/v2/contoso/os/$" "$work/told" || bad "the steps saw: $(cat "$work/told")"
[ "$(cat "$work/installed")" = installed ] || bad "Install Package did not run its program"
finish
