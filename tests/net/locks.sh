#!/bin/bash
# locks.sh - one process at a time changes a repository or uses a cache: real processes, one of them
# killed, read-only media, a file system that refuses locks.
# shellcheck disable=SC1091,SC2154,SC2086
. "$(dirname "$0")/lib.sh"
need openssl nginx python3
refuse=$(realpath "${2:?usage: locks.sh PROGRAM REFUSE_LOCKS}")
make_authority
leaf signer 'extendedKeyUsage=codeSigning\n'
sign="--cert $work/signer.chain.pem --key $work/signer.key"
repo="--repo $work/repo"
mkdir "$work/one" "$work/small"
echo small >"$work/small/text"
head -c 6000000 /dev/urandom >"$work/one/a.bin"
$program publish package $repo --id P1 "$work/one" >/dev/null || exit 1
$program publish package $repo --id P2 "$work/small" >/dev/null || exit 1
$program publish sign $repo $sign >/dev/null || exit 1

# held FILE PID NAME: waits until that process has the lock
held() {
    for _ in $(seq 500); do
        grep -q "^process $2 " "$1" 2>/dev/null && return
        sleep 0.01
    done
    bad "$3: it never took the lock"
}
# end PID...: killed, and gone
end() {
    kill -9 "$1"
    kill -CONT "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

# --- the repository ---------------------------------------------------------------------------------
truncate -s 600M "$work/big"
"$real_program" publish package $repo --id BIG "$work/big" >/dev/null 2>&1 &
holder=$!
held "$work/repo/.lock" $holder "publish"
kill -STOP $holder # it stays where it is
SECONDS=0
expect "a second publication names the first" 75 "is in use by process $holder on '$(hostname)' (publish package)" \
    $program publish package $repo --id P3 "$work/small"
[ $SECONDS -ge 4 ] && [ $SECONDS -le 15 ] || bad "it waited $SECONDS s, not 5"
(expect "sign" 75 "in use by process $holder" $program publish sign $repo $sign; exit $failures) &
waiters=($!)
for rest in "source --id s http://127.0.0.1/" "remove P2" "gc" "deployment --id D1 $work/none.xml" "import $work/one"; do
    (expect "publish ${rest%% *}" 75 "in use by process $holder" $program publish $rest $repo; exit $failures) &
    waiters+=($!)
done
expect "check is a reader" 0 "0 problems" $program publish check $repo
expect "so is fetch" 0 "" $program fetch --quiet --source "$work/repo" --package P1 --to "$work/read" --signer "$work/root.pem"
for waiter in "${waiters[@]}"; do wait "$waiter" || failures=$((failures + 1)); done
end $holder
SECONDS=0
expect "the holder was killed: nothing is left of its lock" 0 "P3 version 1" $program publish package $repo --id P3 "$work/small"
[ $SECONDS -le 4 ] || bad "it waited $SECONDS s for a process that is gone"
[ -s "$work/repo/.lock" ] && bad "a lock that nobody holds names '$(cat "$work/repo/.lock")'"
"$real_program" publish package $repo --id BIG "$work/big" >/dev/null 2>&1 &
holder=$!
held "$work/repo/.lock" $holder "publish again"
kill -STOP $holder
(sleep 1.5; kill -9 $holder) &
SECONDS=0
expect "a lock that comes free is waited for" 0 "" $program publish remove P3 $repo
[ $SECONDS -ge 1 ] || bad "it did not wait"
wait $holder 2>/dev/null
rm -f "$work/big"
$program publish gc $repo --keep-days 0 >/dev/null

# A slip of the hand leaves nothing behind.
for rest in "gc" "remove P1" "sign $sign"; do
    expect "publish ${rest%% *} where nothing is" 66 "there is no folder '$work/typo'" $program publish $rest --repo "$work/typo"
done
[ -e "$work/typo" ] && bad "it was made: $(ls -A "$work/typo")"
echo precious >"$work/precious"
ln -sf "$work/precious" "$work/repo/.lock"
expect "a link in place of the lock" 0 "'$work/repo/.lock' is a link" $program publish gc $repo --keep-days 0
[ "$(cat "$work/precious")" = precious ] || bad "what the link names was written"
rm "$work/repo/.lock"

# --- the cache --------------------------------------------------------------------------------------
serve slow "" ""
get() { # FOLDER OPTIONS...
    local to=$1
    shift
    timeout 90 "$real_program" fetch --source "$url" --package P1 --to "$work/$to" --signer "$work/root.pem" --quiet "$@"
}
cache="--cache $work/cache"
"$real_program" fetch --source "$url" --package P1 --to "$work/held" --signer "$work/root.pem" --quiet $cache --limit-rate 300k &
holder=$!
held "$work/cache/.lock" $holder "fetch"
expect "a second fetch names the first" 75 "is in use by process $holder on '$(hostname)' (fetching)" get second $cache
expect "and says what helps" 75 "give this one another cache, or none" get second $cache
expect "without the cache it goes" 0 "" get second
cmp "$work/one/a.bin" "$work/second/a.bin" || bad "wrong content"
cat >"$work/site.xml" <<XML
<site><source id="one" url="$url"/><trust file="root.pem"/></site>
XML
cat >"$work/s.xml" <<'XML'
<sequence version="3.00"><step type="SMS_TaskSequence_RunCommandLineAction" name="Use it">
<action>smsswd.exe /run:P2 cat text</action></step></sequence>
XML
run() { $program run "$work/s.xml" --phase full --site "$work/site.xml" --work "$work/run$n" "$@"; }
expect "a run beside it is refused" 75 "in use by process $holder" run $cache
[ -e "$work/run$n/journal.log" ] && bad "it began all the same"
end $holder
expect "the holder was killed: its download goes on" 0 "" get held $cache
cmp "$work/one/a.bin" "$work/held/a.bin" || bad "wrong content after the kill"
cat >"$work/long.xml" <<'XML'
<sequence version="3.00"><step type="SMS_TaskSequence_RunCommandLineAction" name="Use it">
<action>smsswd.exe /run:P2 cat text</action></step>
<step type="SMS_TaskSequence_RunCommandLineAction" name="Long"><action>sleep 30</action></step></sequence>
XML
"$real_program" run "$work/long.xml" --phase full --site "$work/site.xml" --work "$work/long" $cache >/dev/null 2>&1 &
holder=$!
held "$work/cache/.lock" $holder "run"
expect "a fetch beside a run" 75 "in use by process $holder on '$(hostname)' (a run)" get third $cache
kill $holder
wait $holder

# --- where nothing can be locked --------------------------------------------------------------------
"$refuse" true
case $? in
0)
    expect "a share without locks: publish warns" 0 "warning: repository '$work/repo' cannot be locked: let no other process change it meanwhile (cannot lock" \
        "$refuse" "$real_program" publish package $repo --id P4 "$work/small"
    expect "and it is published" 0 "is there already" $program publish package $repo --id P4 "$work/small"
    $program publish sign $repo $sign >/dev/null
    expect "fetch warns" 0 "warning: the cache '$work/cache2' cannot be locked" \
        "$refuse" timeout 90 "$real_program" fetch --source "$url" --package P1 --to "$work/weak" --signer "$work/root.pem" --cache "$work/cache2" --quiet
    cmp "$work/one/a.bin" "$work/weak/a.bin" || bad "wrong content without a lock"
    expect "a run warns in its log" 0 "" "$refuse" "$real_program" run "$work/s.xml" --phase full --site "$work/site.xml" --work "$work/weakrun" --cache "$work/cache2"
    grep -q "the cache '$work/cache2' cannot be locked" "$work/weakrun/logs/smsts.log" || bad "the log does not say it"
    ;;
77) echo "skipped: this kernel lets nobody refuse system calls (seccomp): a share without locks" ;;
*) bad "refuse_locks" ;;
esac
if [ "$(id -u)" = 0 ] && mkdir "$work/ro" && mount --bind "$work/cache" "$work/ro" 2>/dev/null; then
    if mount -o remount,bind,ro "$work/ro" 2>/dev/null; then
        expect "a cache on a read-only medium" 0 "cannot create '$work/ro/used.txt" get fromro --cache "$work/ro"
        rm "$work/cache/.lock"
        expect "one without a lock file" 0 "warning: the cache '$work/ro' cannot be locked" get fromro2 --cache "$work/ro"
        cmp "$work/one/a.bin" "$work/fromro/a.bin" || bad "wrong content from a read-only cache"
        expect "a repository on a read-only medium cannot be changed" 71 "" $program publish gc --repo "$work/ro"
    else
        echo "skipped: mounting read-only is not allowed here"
    fi
    umount "$work/ro"
else
    echo "skipped: mounting is not allowed here: read-only media"
fi
finish
