#!/bin/bash
# download.sh - how a run fetches: SMSTSDownloadRetryCount and -Delay, SMSTSDownloadProgram and its
# abort code, _SMSTSLastContentDownloadLocation; and taskseq as the download program of another engine.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
need nginx openssl python3
make_authority
leaf signer 'extendedKeyUsage=codeSigning\n'
mkdir "$work/src"
echo "the content" >"$work/src/readme.txt"
head -c 3000000 /dev/urandom >"$work/src/big.bin"
"$program" publish package --repo "$work/repo" --id P1 --version 7 "$work/src" >/dev/null || exit 1
"$program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null || exit 1

port=$(free_port)
cat >"$work/site.xml" <<XML
<site><source id="one" url="http://127.0.0.1:$port/"/><source id="stick" url="$work/stick" priority="20"/>
<trust file="root.pem"/></site>
XML
sequence() { # FILE PACKAGE: no reference list, so nothing comes in ahead
    cat >"$work/$1" <<XML
<sequence version="3.00"><step type="SMS_TaskSequence_RunCommandLineAction" name="Use it">
<action>smsswd.exe /run:$2 cat readme.txt</action></step>
<step type="SMS_TaskSequence_RunCommandLineAction" name="Tell">
<action>sh "$work/tell.sh" "%_SMSTSLastContentDownloadLocation%"</action></step></sequence>
XML
}
sequence s.xml P1
# shellcheck disable=SC2016
printf 'echo "$1" >"%s"\n' "$work/told" >"$work/tell.sh"
run() { # more options
    rm -f "$work/told"
    "$program" run "$work/s.xml" --phase full --work "$work/run$n" --site "$work/site.xml" "$@"
}
log() { cat "$work/run$n/logs/smsts.log"; }
web() {
    mkdir -p "$work/web"
    cat >"$work/web/nginx.conf" <<CNF
daemon off; pid $work/web/pid; error_log $work/web/error.log; worker_processes 1;
$([ "$(id -u)" = 0 ] && echo "user root;")
events { worker_connections 512; }
http { access_log $work/web/access.log; client_body_temp_path $work/web/t1; proxy_temp_path $work/web/t2;
  fastcgi_temp_path $work/web/t3; uwsgi_temp_path $work/web/t4; scgi_temp_path $work/web/t5;
  server { listen 127.0.0.1:$port; root $work/repo; } }
CNF
    nginx -c "$work/web/nginx.conf" 2>/dev/null &
    web=$!
    pids+=("$web")
}
blobs() { grep -c " /blobs/" "$work/web/access.log"; }

# --- retries: two after the first, 15 s apart, unless the variables say otherwise ------------------
SECONDS=0
expect "nobody there: tried as often as the variables say" 1 "source 'one'" run --var SMSTSDownloadRetryCount=2 --var SMSTSDownloadRetryDelay=2
[ "$SECONDS" -ge 4 ] || bad "the delay was not waited for ($SECONDS s)"
[ "$(log | grep -c "try [23] of 3 in 2 s")" = 2 ] || bad "tries: $(log | grep "try ")"
expect "0 retries" 1 "source 'one'" run --var SMSTSDownloadRetryCount=0
log | grep -q "of 1 in" && bad "it was tried again"
(sleep 2; web; wait) &
pids+=($!)
expect "a server that comes back" 0 "" run --var SMSTSDownloadRetryCount=20 --var SMSTSDownloadRetryDelay=1
[ "$(cat "$work/told")" = "http://127.0.0.1:$port/" ] || bad "location: $(cat "$work/told")"
expect "what is no number counts as not set" 0 "" run --var SMSTSDownloadRetryCount=many --var SMSTSDownloadRetryDelay=-1
sequence s.xml P9
SECONDS=0
expect "a package that nobody published: no try would change that" 1 "package 'P9' is not in the catalogue" run
[ "$SECONDS" -lt 10 ] || bad "it was tried again"
sequence s.xml P1

# --- another download program ----------------------------------------------------------------------
# KB2744420: it is called with the package id, the absolute folder, and at least one location.
cat >"$work/copy.sh" <<SH
#!/bin/sh
printf '%s|' "\$@" >"$work/arguments"
mkdir -p "\$2" && cp "$work/src/readme.txt" "$work/src/big.bin" "\$2/"
SH
printf '#!/bin/sh\nexit 7\n' >"$work/seven.sh"
printf '#!/bin/sh\necho wrong >"$2/readme.txt"\n' >"$work/wrong.sh"
chmod +x "$work"/*.sh
: >"$work/web/access.log"
expect "a download program" 0 "" run --var SMSTSDownloadProgram="$work/copy.sh"
[ "$(cat "$work/arguments")" = "P1|$work/run$n/Packages/P1|http://127.0.0.1:$port/|$work/stick/|" ] || bad "it was called with $(cat "$work/arguments")"
[ "$(grep -c "/blobs/" "$work/web/access.log")" -le 2 ] || bad "content was fetched again: $(cat "$work/web/access.log")"
expect "what it leaves is checked like anything else" 0 "" run --var SMSTSPersistContent=true --var SMSTSDownloadProgram="$work/wrong.sh"
cmp "$work/run$n/Packages/P1/readme.txt" "$work/src/readme.txt" || bad "wrong content was used"
expect "it fails: our own way is next" 0 "" run --var SMSTSDownloadProgram="$work/seven.sh"
log | grep -q "the download program ended with 7" || bad "the log does not say so"
: >"$work/web/access.log"
expect "it fails with the abort code: that is the end" 1 "SMSTSDownloadAbortCode 7" run --var SMSTSDownloadProgram="$work/seven.sh" --var SMSTSDownloadAbortCode=7
[ "$(blobs)" = 0 ] || bad "it was tried in another way"
expect "it is not there" 0 "" run --var SMSTSDownloadProgram="$work/nothing.sh"
log | grep -q "the download program cannot run" || bad "the log does not say so"

# --- taskseq as that program -----------------------------------------------------------------------
provider() { "$program" fetch --alternate-provider --quiet --site "$work/site.xml" "$@"; }
expect "package, folder, location" 0 "" provider P1 "$work/acp" "http://dp.example/SMS_DP_SMSPKG\$/P1"
diff -r "$work/acp" "$work/src" >/dev/null || bad "wrong content"
expect "several locations" 0 "" provider P1 "$work/acp" http://a.example/ http://b.example/ 'http://c.example/a b'
expect "no folder" 2 "wants PACKAGE and FOLDER" provider P1
expect "unknown package" 66 "'P9' is not in the catalogue" provider P9 "$work/acp9" http://dp.example/
printf '#!/bin/sh\nexec "%s" fetch --alternate-provider --quiet --site "%s" "$@"\n' "$real_program" "$work/site.xml" >"$work/acp.sh"
chmod +x "$work/acp.sh"
expect "as the download program of a run" 0 "" run --var SMSTSDownloadProgram="$work/acp.sh"
log | grep -q "download program" && bad "$(log | grep "download program")"
kill "$(cat "$work/web/pid")"
finish
