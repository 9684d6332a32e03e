#!/bin/bash
# prestart.sh - a server whose chain needs a private root and an intermediate that it does not send:
# with the shipped pre-start script a download succeeds; without the one or the other it fails and
# says which certificate is missing. Then a script that nothing but the watchdog stops.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
need nginx openssl python3
source=$(realpath "$(dirname "$0")/../..")
make_authority
san='subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf good "$san"
mkdir -p "$work/repo"
printf 'a file of the site\n' >"$work/repo/list.txt"
sum=$(sha256sum "$work/repo/list.txt" | cut -d' ' -f1)
tls_server nochain "$work/good.pem" "$work/good.key"

cat >"$work/get.lua" <<LUA
local a = ts.http.get{ url = "${url}list.txt", sha256 = "$sum", timeout = 20 }
assert(a.status == 200 and a.body == "a file of the site\n", "wrong answer")
ts.log.info("downloaded " .. a.size .. " bytes")
LUA
sed "s/$sum/$(printf '%064d' 0)/" "$work/get.lua" >"$work/wrong.lua"
cat >"$work/s.xml" <<'XML'
<sequence version="3.00"><step type="SMS_TaskSequence_SetVariableAction" name="A">
<defaultVarList><variable name="VariableName" property="VariableName">Done</variable>
<variable name="VariableValue" property="VariableValue">1</variable></defaultVarList></step></sequence>
XML

script() { # FOLDER CERTIFICATE...: the shipped script with certificates beside it
    mkdir -p "$work/$1"
    cp "$source/sequences/prestart/trust-internal-ca.lua" "$work/$1/"
    local to=$work/$1
    shift
    [ $# = 0 ] || cp "$@" "$to/"
}
start() { # FOLDER SCRIPT...
    local folder=$1
    shift
    "$program" run "$work/s.xml" --phase full --work "$work/run$n" --prestart "$work/$folder/trust-internal-ca.lua" "$@"
}
openssl x509 -in "$work/root.pem" -outform DER -out "$work/root.cer"
openssl crl2pkcs7 -nocrl -certfile "$work/chain.pem" -outform DER -out "$work/chain.p7b"
openssl crl2pkcs7 -nocrl -certfile "$work/chain.pem" -out "$work/chainpem.p7b"
script both "$work/root.cer" "$work/int.pem"
script der7 "$work/chain.p7b"
script pem7 "$work/chainpem.p7b"
script rootonly "$work/root.pem"
script intonly "$work/int.pem"
script none
script leafcert "$work/root.pem" "$work/int.pem" "$work/good.pem"

expect "root (DER) and intermediate (PEM)" 0 "" start both --prestart "$work/get.lua"
grep -q "downloaded 19 bytes" "$work/run$n/logs/smsts.log" || bad "nothing was downloaded"
grep -q "CN = Test Root, until" "$work/run$n/logs/smsts.log" || bad "the chain is not in the log"
expect "PKCS#7 bundle in DER" 0 "" start der7 --prestart "$work/get.lua"
expect "PKCS#7 bundle in PEM" 0 "" start pem7 --prestart "$work/get.lua"
expect "twice is once" 0 "" start both --prestart "$work/both/trust-internal-ca.lua" --prestart "$work/get.lua"
grep -q "engine: there already" "$work/run$n/logs/smsts.log" || bad "the second run added something"
expect "without the intermediate" 77 "the certificate of the issuer 'CN = Test Intermediate' of 'CN = good' is missing" \
    start rootonly --prestart "$work/get.lua"
expect "without the root" 77 "the certificate of the issuer 'CN = Test Root' of 'CN = Test Intermediate' is missing" \
    start intonly --prestart "$work/get.lua"
expect "without the script" 77 "'CN = Test Intermediate' of 'CN = good' is missing" \
    "$program" run "$work/s.xml" --work "$work/run$n" --prestart "$work/get.lua"
expect "wrong digest" 76 "SHA-256" start both --prestart "$work/wrong.lua"
expect "no certificates" 73 "no certificates" start none
expect "a server's certificate is refused" 77 "'CN = good' (good.pem) is no certificate of an authority" start leafcert
[ -e "$work/run$n/journal.log" ] && bad "a refused start made a journal"

# Weak, expired and future authorities are refused.
authority() { # NAME [openssl options]
    local name=$1
    shift
    openssl req -x509 -nodes -subj "/CN=$name" -keyout "$work/x.key" -out "$work/$name.pem" \
        -addext basicConstraints=critical,CA:true "$@" 2>/dev/null
    script "$name" "$work/$name.pem"
}
authority weak -newkey rsa:1024 -days 10
expect "weak key" 77 "its RSA key has 1024 bits" start weak
authority sha1 -newkey rsa:2048 -sha1 -days 10
expect "SHA-1" 77 "it is signed with RSA-SHA1" start sha1
for when in 2020 2045; do
    openssl req -newkey rsa:2048 -nodes -subj "/CN=Old $when" -keyout "$work/x.key" -out "$work/x.csr" 2>/dev/null
    openssl ca -batch -config "$work/rootca/ca.cnf" -in "$work/x.csr" -out "$work/ca$when.pem" -notext \
        -startdate ${when}0101000000Z -enddate ${when}0201000000Z -extfile "$work/int.ext" 2>/dev/null
    script ca$when "$work/root.pem" "$work/ca$when.pem"
done
expect "expired" 77 "expired at 2020-02-01" start ca2020
expect "not valid yet" 77 "is not valid before 2045-01-01" start ca2045
echo "rubbish" >"$work/rubbish.pem"
script rubbish "$work/rubbish.pem"
expect "rubbish" 77 "rubbish.pem: this is no certificate" start rubbish

# Packages: the engine's own trust reaches the content, too.
leaf signer 'extendedKeyUsage=codeSigning\n'
mkdir "$work/src"
echo hello >"$work/src/small.txt"
"$program" publish package --repo "$work/repo" --id P1 --version 1 "$work/src" >/dev/null
"$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null
cat >"$work/site.xml" <<XML
<site><source url="$url"/></site>
XML
cat >"$work/p.xml" <<'XML'
<sequence version="3.00"><step type="SMS_TaskSequence_RunCommandLineAction" name="Get">
<action>cat small.txt</action><defaultVarList>
<variable name="PackageID" property="PackageID">P1</variable></defaultVarList></step></sequence>
XML
expect "a package from that server" 0 "" "$program" run "$work/p.xml" --phase full --work "$work/run$n" \
    --site "$work/site.xml" --prestart "$work/both/trust-internal-ca.lua"
expect "... not without the script" 68 "is missing" "$program" run "$work/p.xml" --phase full --work "$work/run$n" \
    --site "$work/site.xml"

# The watchdog: C code that no count hook stops. The resume takes the step as failed, not once more.
mkdir -p "$work/steps"
cat >"$work/steps/stuck.lua" <<'LUA'
return { type = "Test_Stuck", title = "Stuck", help = "Never ends.", resume = "again",
  run = function() return ("a"):rep(3000):find(".-.-.-b") end }
LUA
cat >"$work/stuck.xml" <<'XML'
<sequence version="3.00"><step type="Test_Stuck" name="Stuck" continueOnError="true"/>
<step type="SMS_TaskSequence_SetVariableAction" name="After"><defaultVarList>
<variable name="VariableName" property="VariableName">Done</variable>
<variable name="VariableValue" property="VariableValue">1</variable></defaultVarList></step></sequence>
XML
expect "a script that is stuck in C code" 73 "'stuck.lua' did not end within 1 seconds" "$program" run \
    "$work/stuck.xml" --work "$work/stuckrun" --script-limit 1
expect "... the resume goes on behind it" 0 "" "$program" resume --work "$work/stuckrun"
grep -q "the watchdog ended the program" "$work/stuckrun/logs/smsts.log" || bad "the log does not say why the step failed"
grep -q "Done" "$work/stuckrun/journal.log" || bad "the step behind did not run"
sed -i 's/ continueOnError="true"//' "$work/stuck.xml"
expect "... and fails the run when it must" 73 "" "$program" run "$work/stuck.xml" --work "$work/stuckrun2" --script-limit 1
expect "... in the resume" 1 "" "$program" resume --work "$work/stuckrun2"
printf 'return ("a"):rep(3000):find(".-.-.-b")' >"$work/stuck.lua"
expect "a pre-start script that is stuck" 73 "'stuck.lua' did not end" "$program" run "$work/s.xml" \
    --work "$work/stuckrun3" --script-limit 1 --prestart "$work/stuck.lua"
finish
