#!/bin/bash
# howto.sh - the commands of docs/how-to/content.md as they stand there, with the shipped nginx.conf
# and authority.sh; only host names, ports and folders are put in. Then what goes wrong on the way.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
need nginx openssl python3 curl
top=$(realpath "$(dirname "$0")/../..")
howto=$top/docs/how-to
port=$(free_port)
lists=$(free_port)
export PATH=$work/bin:$PATH
mkdir -p "$work/bin" "$work/desk"
ln -s "$real_program" "$work/bin/taskseq"
cp "$howto/authority.sh" "$work/desk/"

put_in() { # this place for the places of the page
    sed -e "s,https://gw.example.net/,https://localhost:$port/,g" \
        -e "s,http://gw.example.net/,http://localhost:$lists/,g" -e "s,gw\.example\.net,localhost,g" \
        -e "s,/srv/taskseq,$work/srv,g" -e "s,/etc/taskseq,$work/etc,g" -e "s,/var/cache,$work/cache,g"
}

# block HEADING LANGUAGE: the first block of that language below that heading
block() {
    awk -v heading="$1" -v open="\`\`\`$2" '
        /^## / { here = index($0, heading) > 0 }
        inside && /^```/ { exit }
        inside { print }
        here && $0 == open { inside = 1 }' "$howto/content.md" | put_in
}

# step NAME STATUS TEXT HEADING: runs the commands below that heading
step() {
    block "$4" sh >"$work/step.sh"
    [ -s "$work/step.sh" ] || bad "$1: no commands below '$4'"
    expect "$1" "$2" "$3" bash -c "cd '$work/desk' && timeout 120 bash -e '$work/step.sh'"
}

# what the administrator has
mkdir -p "$work/desk/drivers/hp/net" "$work/desk/images" "$work/desk/agent"
echo "the drivers of HP" >"$work/desk/drivers/hp/readme.txt"
for i in $(seq 20); do head -c 30000 /dev/urandom >"$work/desk/drivers/hp/net/$i.sys"; done
head -c 30000000 /dev/urandom >"$work/desk/images/install.wim"
printf '#!/bin/sh\necho installed >"$1"\n' >"$work/desk/agent/setup.sh"
cat >"$work/desk/applications.xml" <<XML
<applications>
  <program package="P0010003" name="Install" command="sh setup.sh $work/installed"/>
</applications>
XML
cp "$top/tests/net/packages.xml" "$work/desk/windows11.xml"
# shellcheck disable=SC2016
printf 'for _ in $(seq 200); do [ -e "$1" ] && exit 0; sleep 0.1; done; exit 1\n' >"$work/wait.sh"
# shellcheck disable=SC2016
printf 'echo "$1" >>"%s"\n' "$work/told" >"$work/tell.sh"

step "certificates" 0 "" "Certificates"
step "publish" 0 " 0 problems" "Publish"

# The shipped configuration; nginx's own folders around it.
mkdir -p "$work/nginx"
put_in <"$howto/nginx.conf" | sed -e "s,listen \[::\]:443.*,,; s,listen \[::\]:80.*,," \
    -e "s,listen 443,listen 127.0.0.1:$port,; s,listen 80,listen 127.0.0.1:$lists," >"$work/nginx/site.conf"
cat >"$work/nginx/nginx.conf" <<CNF
daemon off; pid $work/nginx/pid; error_log $work/nginx/error.log; worker_processes 1;
$([ "$(id -u)" = 0 ] && echo "user root;")
events { worker_connections 512; }
http { access_log $work/nginx/access.log; client_body_temp_path $work/nginx/t1; proxy_temp_path $work/nginx/t2;
  fastcgi_temp_path $work/nginx/t3; uwsgi_temp_path $work/nginx/t4; scgi_temp_path $work/nginx/t5;
  include $work/nginx/site.conf; }
CNF
start_nginx() {
    nginx -c "$work/nginx/nginx.conf" 2>>"$work/nginx/error.log" &
    web=$!
    pids+=("$web")
    for _ in $(seq 50); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        sleep 0.1
    done
    bad "nginx does not start: $(cat "$work/nginx/error.log")"
}
stop_nginx() {
    kill "$web"
    wait "$web" 2>/dev/null
}
start_nginx

step "doctor" 0 "not revoked" "Check from where"
expect "doctor has nothing to complain about" 1 "" bash -c "cd '$work/desk' && bash '$work/step.sh' | grep -E '^(warning|failed)'"
step "fetch" 0 "" "Fetch"
diff -r "$work/desk/drivers/hp" "$work/desk/out" >/dev/null || bad "fetch: wrong content"

# what the configuration lets out, and to whom
with=(--cert-type P12 --cert "$work/etc/media.pfx:$(cat "$work/etc/media.password")")
status() { curl -s -o /dev/null -w '%{http_code}' --cacert "$work/etc/root.pem" "$@"; }
[ "$(status "https://localhost:$port/catalog.xml")" = 400 ] || bad "let in without a certificate"
[ "$(status "${with[@]}" "https://localhost:$port/catalog.xml")" = 200 ] || bad "not let in with a certificate"
for hidden in catalog.draft.xml index.json oci-layout ../etc/signer.key .. blobs/../catalog.draft.xml; do
    [ "$(status --path-as-is "${with[@]}" "https://localhost:$port/$hidden")" = 200 ] && bad "$hidden is let out"
done
[ "$(status "http://localhost:$lists/crl/root.crl")" = 200 ] || bad "the list is not to be had"
[ "$(status "http://localhost:$lists/catalog.xml")" = 301 ] || bad "http lets content out"

# --- run ------------------------------------------------------------------------------------------
block "Run a sequence" xml >"$work/desk/site.xml"
cp "$work/etc/trust.pem" "$work/etc/media.pfx" "$work/etc/media.password" "$work/desk/"
block "Run a sequence" sh >"$work/run.sh"
sed -i "s,taskseq run.*,& --phase full --var HelperFolder=$work --work \$1," "$work/run.sh"
run_it() { (cd "$work/desk" && timeout 120 bash -e "$work/run.sh" "$1"); }
go_on() { taskseq resume --work "$1"; }
: >"$work/nginx/access.log"
expect "run: package steps to the restart" 3 "" run_it "$work/run1"
expect "run: behind the restart" 0 "" go_on "$work/run1"
expected="the drivers of HP|$work/run1/Packages/P0010001|$work/run1/Packages/P0010002|https://localhost:$port/"
[ "$(cat "$work/told")" = "$expected" ] || bad "the steps saw: $(cat "$work/told")"
cmp "$work/run1/Packages/P0010002/install.wim" "$work/desk/images/install.wim" || bad "run: wrong content"
[ "$(cat "$work/installed" 2>/dev/null)" = installed ] || bad "Install Package did not run its program"
grep -q "GET /blobs/.* 206" "$work/nginx/access.log" || bad "nothing was fetched in pieces"

rm "$work/installed"
: >"$work/nginx/access.log"
expect "second run" 3 "" run_it "$work/run2"
expect "second run, behind the restart" 0 "" go_on "$work/run2"
again=$(grep -c "/blobs/" "$work/nginx/access.log")
[ "$again" = 0 ] && [ -e "$work/installed" ] && ok "the second run downloads nothing" || bad "second run: $again blobs were fetched"

# --- what goes wrong ------------------------------------------------------------------------------
cp -r "$work/srv" "$work/srv.good"
wim=$(sha256sum <"$work/desk/images/install.wim" | cut -d' ' -f1)
rm "$work/srv/blobs/sha256/$wim"
sed -i "s,$work/cache/taskseq,$work/cache/none,; s,--phase,--var SMSTSDownloadRetryCount=0 --phase," "$work/run.sh"
# "content location request for XXX00002:12 failed, 0x80004005" said none of this
expect "content is missing: what a person reads" 1 \
    "package 'P0010002' version 1: no source can give 'install.wim': source 'gateway': 'https://localhost:$port/blobs/sha256/$wim' answers HTTP status 404: the server does not have it (http 404); that source lacks it: copy the repository there again" \
    bash -c "cd '$work/desk' && sed -i 's,sh \"%Helper.*wait.*</action>,true</action>,' windows11.xml && bash -e '$work/run.sh' '$work/run3'"
expect "... with ConfigMgr's code for it" 0 "" grep -q "error code 80040102" "$work/run3/logs/smsts.log"
expect "... and in the log" 0 "publish check --source" grep -h "P0010002" "$work/run3/logs/smsts.log"
rm -rf "$work/srv"
cp -r "$work/srv.good" "$work/srv"

"$howto/authority.sh" revoke "$work/etc" media
stop_nginx
start_nginx
expect "the machine's certificate is revoked" 1 "HTTP status 400" run_it "$work/run4"
"$howto/authority.sh" machine "$work/etc" desk2
cp "$work/etc/desk2.pfx" "$work/desk/media.pfx"
cp "$work/etc/desk2.password" "$work/desk/media.password"
expect "... and a new one is let in" 3 "" run_it "$work/run5"
"$howto/authority.sh" revoke "$work/etc" server
expect "the server's certificate is revoked: refused before the first step" 68 "is revoked by its issuer" run_it "$work/run6"
finish
