#!/bin/bash
# resume.sh - `resume --work FOLDER` alone goes on as the run was started: site file, cache, log,
# disks; also after kill -9. What is given again wins, and stays. The password of the client
# certificate as the run's secret variable is kept, but not in clear.
# shellcheck disable=SC1091,SC2154,SC2086
. "$(dirname "$0")/lib.sh"
need openssl nginx python3
make_authority
leaf signer 'extendedKeyUsage=codeSigning\n'
leaf client 'extendedKeyUsage=clientAuth\n'
leaf localhost 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
mkdir "$work/one" "$work/two" "$work/desk" "$work/elsewhere"
echo "content one" >"$work/one/text"
echo "content two" >"$work/two/text"
for p in one two; do $program publish package --repo "$work/repo" --id "P-$p" "$work/$p" >/dev/null || exit 1; done
$program publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null || exit 1
tls_server main "$work/localhost.chain.pem" "$work/localhost.key" "ssl_client_certificate $work/chain.pem; ssl_verify_client on; ssl_verify_depth 3;"
openssl pkcs12 -export -in "$work/client.chain.pem" -inkey "$work/client.key" -out "$work/desk/client.pfx" -passout pass:Tr0ub4dor
cp "$work/root.pem" "$work/desk/"
site() { # FILE PASSWORD-ELEMENTS URL
    cat >"$work/desk/$1" <<XML
<site><revocation mode="off"/><source id="main" url="$3" auth="client-certificate"/><trust file="root.pem"/>
<client-certificate file="client.pfx" $2/></site>
XML
}
site site.xml 'password="Tr0ub4dor"' "$url"
site dead.xml 'password="Tr0ub4dor"' "https://localhost:1/"
step() { printf '<step type="SMS_TaskSequence_RunCommandLineAction" name="%s"><action>%s</action></step>\n' "$1" "$2"; }
restart='<step type="SMS_TaskSequence_RebootAction" name="Restart"><action>smsboot.exe /target:HD</action></step>'
sequence() { echo "<sequence version=\"3.00\">$*</sequence>"; }
# shellcheck disable=SC2016
printf 'cat text >>"$1"\n' >"$work/tell.sh"
use() { step "Use $1" "smsswd.exe /run:P-$1 sh $work/tell.sh $work/told"; }
sequence "$(use one)$restart$(use two)$restart$(step last true)" >"$work/desk/restart.xml"
sequence "$(step hang "sh -c &quot;echo on &gt;&gt; $work/told; sleep 20&quot;")$(use two)" >"$work/desk/hang.xml"
run() { (cd "$work/desk" && timeout 90 "$real_program" run "$1" --phase full --work "$work/$2" --site site.xml --cache cache --cache-max 50M --log logs "${@:3}"); }
go_on() { (cd "$work/elsewhere" && timeout 90 "$real_program" resume --work "$work/$1" "${@:2}"); }
told() { [ "$(cat "$work/told")" = "$1" ] || bad "$2: the steps saw: $(cat "$work/told")"; }

# --- restarts ---------------------------------------------------------------------------------------
expect "run to the first restart" 3 "" run restart.xml r1
told "content one" "before the restart"
expect "resume alone goes on with content" 3 "" go_on r1
told "content one
content two" "behind the restart"
expect "and once more" 0 "" go_on r1
[ -d "$work/desk/cache/blobs" ] && [ ! -e "$work/elsewhere/cache" ] && ok "in the same cache" || bad "the cache is elsewhere: $(ls "$work/elsewhere")"
[ "$(ls "$work/desk/logs")" = smsts.log ] && [ ! -e "$work/r1/logs" ] && ok "in the same log" || bad "log: $(ls "$work/desk/logs" "$work/r1")"
grep -qa "_TaskseqSite	.*$work/desk/site.xml" "$work/r1/journal.log" && ok "the path is absolute" || bad "journal: $(grep -a _TaskseqSite "$work/r1/journal.log")"

# --- kill -9 ----------------------------------------------------------------------------------------
killed() { # FOLDER SITE [OPTION...]: a run that is killed inside its first step
    : >"$work/told"
    (cd "$work/desk" && exec "$real_program" run hang.xml --phase full --work "$work/$1" --site "$2" --cache cache --log logs --var SMSTSDownloadRetryCount=0 "${@:3}") >/dev/null 2>&1 &
    local pid=$!
    for _ in $(seq 500); do [ -s "$work/told" ] && break; sleep 0.02; done
    kill -9 $pid
    wait $pid 2>/dev/null
}
killed k1 site.xml
expect "resume stops at what may not be repeated" 78 "--again or --skip" go_on k1
expect "with a decision it goes on alone" 0 "" go_on k1 --skip
told "on
content two" "after kill -9"

# --- what is given again ----------------------------------------------------------------------------
killed k2 dead.xml
expect "the wrong site file is kept, too" 1 "" go_on k2 --skip
killed k3 dead.xml
expect "another one wins" 0 "" go_on k3 --skip --site "$work/desk/site.xml"
sequence "$restart$(use one)$restart$(use two)" >"$work/desk/two.xml"
: >"$work/told"
(cd "$work/desk" && "$real_program" run two.xml --phase full --work "$work/o1" --site dead.xml --var SMSTSDownloadRetryCount=0 --log logs) >/dev/null
expect "with another site file" 3 "" bash -c "cd '$work/desk' && '$real_program' resume --work '$work/o1' --site site.xml"
expect "which stays" 0 "" go_on o1
told "content one
content two" "overridden"

# --- a secret variable ------------------------------------------------------------------------------
site nopass.xml '' "$url"
printf 'ts.var.set("TaskseqMediaPassword", "Tr0ub4dor", {secret = true})\n' >"$work/password.lua"
killed s1 site.xml --prestart "$work/password.lua"
grep -qa "TaskseqMediaPassword" "$work/s1/journal.log" || bad "the journal does not keep the password's variable"
grep -rqaF "Tr0ub4dor" "$work/s1" "$work/desk/logs" && bad "the password is in clear in $(grep -rlaF "Tr0ub4dor" "$work/s1" "$work/desk/logs")"
rm -rf "$work/desk/cache" # the content must come from the server
expect "the password of the client certificate is as it was" 0 "" go_on s1 --skip --site "$work/desk/nopass.xml"
told "on
content two" "with the password that was kept"
grep -rqaF "Tr0ub4dor" "$work/s1" "$work/desk/logs" && bad "the password is in clear behind the resume"
killed s2 site.xml
rm -rf "$work/desk/cache"
go_on s2 --skip --site "$work/desk/nopass.xml" >/dev/null 2>&1 && bad "content came without the password: the case above shows nothing"

# --- one run in a work folder -----------------------------------------------------------------------
: >"$work/told"
(cd "$work/desk" && exec "$real_program" run hang.xml --phase full --work "$work/w1" --site site.xml --log logs) >/dev/null 2>&1 &
holder=$!
for _ in $(seq 500); do [ -s "$work/told" ] && break; sleep 0.02; done
expect "a resume beside the run" 75 "the work folder '$work/w1' is in use by process $holder on '$(hostname)' (run)" go_on w1 --skip
expect "a second run beside it" 75 "the work folder '$work/w1' is in use by process $holder on '$(hostname)' (run)" \
    bash -c "cd '$work/desk' && '$real_program' run two.xml --phase full --work '$work/w1' --site site.xml --log logs2"
[ -e "$work/desk/logs2" ] && bad "the second run began all the same"
kill $holder
wait $holder
finish
