#!/bin/bash
# boot.sh - the scenario of a boot medium, on a pseudo-terminal of 40 columns: the password of the medium opens its
# client certificate, a pre-start script trusts the internal authority, the server lists what is meant for this
# machine, a person chooses, the sequence comes and runs. Then what a person can do wrong, and no person at all.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
need nginx openssl python3
top=$(realpath "$(dirname "$0")/../..")
make_authority
leaf good 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n'
leaf media 'extendedKeyUsage=clientAuth\n'
leaf signer 'extendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\n'
openssl pkcs12 -export -in "$work/media.pem" -inkey "$work/media.key" -passout 'pass:o ne"tw%o' -out "$work/media.pfx"

sequence() { # NAME TEXT
    cat >"$work/$1.xml" <<XML
<sequence version="3.00">
<step type="SMS_TaskSequence_RunCommandLineAction" name="Say" successCodeList="0">
<action>smsswd.exe /run: sh -c "echo $2 %_SMSTSAdvertID% %SiteSays% >>$work/ran"</action></step></sequence>
XML
}
sequence one "first"
sequence two "second"
sequence three "third"
publish() { "$real_program" publish "$@" >"$work/publish.out" 2>&1 || bad "publish $1: $(cat "$work/publish.out")"; }
publish deployment --repo "$work/repo" --id D0000001 --name "Windows 11 for a desk" "$work/one.xml" --target unknown
publish deployment --repo "$work/repo" --id D0000002 --name "Windows 11 with a name that is longer than a narrow line" \
    "$work/two.xml" --target all
publish deployment --repo "$work/repo" --id D0000003 --name "Somebody else's" "$work/three.xml" --target mac:02:00:00:00:00:01
publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" --site TST
tls_server boot "$work/good.pem" "$work/good.key" "ssl_client_certificate $work/chain.pem; ssl_verify_client on; ssl_verify_depth 3;"

# The medium: its site file trusts the root only, the intermediate comes by the script.
mkdir -p "$work/medium/scripts"
cp "$work/media.pfx" "$work/root.pem" "$work/medium/"
cp "$top/sequences/prestart/trust-internal-ca.lua" "$work/int.pem" "$work/root.pem" "$work/medium/scripts/"
echo 'ts.var.set("SiteSays", "hello")' >"$work/medium/scripts/say.lua"
site() { # <boot> attributes, elements
    cat >"$work/medium/site.xml" <<XML
<site>
  <source id="gateway" url="$url" auth="client-certificate"/>
  <trust file="root.pem"/>
  <client-certificate file="media.pfx"${3-}/>
  <revocation mode="off"/>
  <boot $1><prestart file="scripts/trust-internal-ca.lua"/><prestart file="scripts/say.lua"/>$2</boot>
</site>
XML
}

# typed NAME STATUS COLUMNS ANSWERS...: what a person types ("PROMPT|ANSWER"); the screen is in $work/screen
cat >"$work/typed.py" <<'PY'
import fcntl, os, pty, select, struct, sys, termios, time
columns, screen, command = int(sys.argv[1]), sys.argv[2], sys.argv[4:]
answers = [a.split("|", 1) for a in sys.argv[3].split("\n") if a]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
seen, mark, end = b"", 0, time.time() + 60
while time.time() < end:
    if select.select([fd], [], [], 0.2)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    if answers and answers[0][0].encode() in seen[mark:]:
        mark = len(seen)
        time.sleep(0.2)
        os.write(fd, answers.pop(0)[1].encode() + b"\n")
open(screen, "wb").write(seen)
if answers:
    sys.exit("never asked: " + answers[0][0])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
typed() {
    local answers
    answers=$(printf '%s\n' "${@:2}")
    SHELL=/bin/sh python3 "$work/typed.py" "$1" "$work/screen" "$answers" "$real_program" boot --site "$work/medium/site.xml" \
        --work "$work/run$n" --phase winpe
}
shows() { grep -qF -- "$1" "$work/screen" || bad "the screen does not show '$1': $(cat "$work/screen")"; }
ran() { [ "$(cat "$work/ran" 2>/dev/null)" = "$1" ] || bad "ran: $(cat "$work/ran" 2>/dev/null), not $1"; rm -f "$work/ran"; }

site 'password="ask" command-prompt="true"' ''
expect "wrong password, then the right one, a wrong number, then the second" 0 "" typed 40 \
    "Password of this medium: |wrong" "Password of this medium: |o ne\"tw%o" "Number, or c for a command prompt: |9" \
    "Number, or c for a command prompt: |2"
ran "second D0000002 hello"
shows "This is not the password."
shows "'9' is none of them."
shows "  1  Windows 11 for a desk"
shows "  2  Windows 11 with a name that is longer than a narrow line"
! grep -q "Somebody else" "$work/screen" || bad "shows what is meant for another machine"
! grep -qF 'o ne"tw%o' "$work/screen" || bad "the password shows on the screen"
! grep -rqF 'o ne"tw%o' "$work/run$n" || bad "the password is in a log or in the journal"
grep -q 'component="TSMBootstrap"' "$work/run$n/logs/smsts.log" || bad "the choice is not in the log"
grep -q 'unknown to the catalogue' "$work/run$n/logs/smsts.log" || bad "the log does not say whether the machine is known"

expect "a shell before the choice" 0 "" typed 80 "Password of this medium: |o ne\"tw%o" "command prompt: |c" "$([ "$(id -u)" = 0 ] && echo '# ' || echo '$ ')|exit" \
    "command prompt: |1"
ran "first D0000001 hello"
shows "Windows 11 for a desk  (D0000001)"

expect "three wrong passwords" 77 "" typed 80 "medium: |a" "medium: |b" "medium: |c" "Enter: end; c: command prompt: |"
shows "3 wrong passwords"
[ ! -e "$work/run$n/logs/smsts.log" ] || bad "something began without the password"

# Nobody there: the site file, the option or a script names the deployment.
printf 'o ne"tw%%o' >"$work/medium/password"
alone() { "$program" boot --site "$work/medium/site.xml" --work "$work/run$n" --phase winpe "$@" </dev/null; }
site 'deployment="D0000001"' '' ' password-file="password"'
expect "the site file names it" 0 "" alone
ran "first D0000001 hello"
expect "the option comes before" 0 "" alone --deployment D0000002
ran "second D0000002 hello"
expect "one that is meant for others" 66 "deployment 'D0000003' is not meant for this machine" alone --deployment D0000003
site '' '' ' password-file="password"'
expect "nobody to ask" 130 "nobody chose a deployment" alone
echo 'ts.var.set("SMSTSPreferredAdvertID", "D0000002")' >"$work/medium/scripts/say.lua"
expect "a script chooses" 0 "" alone --var SiteSays=option
ran "second D0000002 option"
echo 'error("not in this building", 0)' >"$work/medium/scripts/say.lua"
expect "a script refuses the start" 73 "not in this building" alone
echo >"$work/medium/scripts/say.lua"
rm "$work/medium/scripts/int.pem"
expect "without the authority" 77 "the certificate of the issuer 'CN = Test Intermediate' of 'CN = good' is missing" \
    alone --deployment D0000001

# Faults of the medium.
site 'password="ask"' '' ' password-file="password"'
expect "a password to ask for and one in the file" 65 "without its password" alone
site 'password="geheim"' '' ''
expect "a password in clear" 65 "password can be 'ask' only" alone
cp "$real_program" "$work/medium/taskseq"
echo '<site><boot deployment="X"/></site>' >"$work/medium/site.xml"
expect "the site file beside the program" 2 "no source is given" "$work/medium/taskseq" boot --work "$work/run$n" --phase winpe
rm "$work/medium/site.xml"
expect "no site file" 66 "no taskseq/site.xml on any drive" "$work/medium/taskseq" boot --work "$work/run$n" --phase winpe
finish
