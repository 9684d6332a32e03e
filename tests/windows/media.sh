#!/bin/bash
# media.sh EXE BUILDDIR - the zip, twice the same; then the how-to for Windows PE media as it stands, on a stand-in
# for boot.wim, its content verified by wimlib; then what Windows PE would do: the program out of that image starts
# from its startnet.cmd in a Wine prefix that says it is Windows PE.
set -eu
here=$(dirname "$(realpath "$0")")
exe=$(realpath "$1")
build=$(realpath "$2")
top=$(realpath "$here/../..")
wine=$top/cmake/windows/wine-env.sh
work=$(mktemp -d)
prefix=$work/prefix
finish() {
    "$wine" --prefix "$prefix" --stop 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
unset TASKSEQ_SOCKET
fail() { echo "media.sh: $*" >&2; tail -n 30 "$work/out" 2>/dev/null; exit 1; }

# --- The zip.
for i in 1 2; do
    (cd "$build" && cpack -G ZIP -B "$work/zip$i") >"$work/out" 2>&1 || fail "cpack"
    sleep 1
done
zip=$(echo "$work"/zip1/*.zip)
cmp "$zip" "$work/zip2/$(basename "$zip")" || fail "the zip is not the same twice"
mkdir "$work/desk"
cd "$work/desk"
cp "$zip" .

# --- The how-to, to the letter.
mkdir -p tree/Windows/System32 tree/sources
echo stub >tree/Windows/System32/winload.exe
echo 'wpeinit' >tree/Windows/System32/startnet.cmd
wimlib-imagex capture tree boot.wim "Microsoft Windows PE (stand-in)" --boot >"$work/out" 2>&1 || fail "boot.wim"

# A repository that the medium carries, and its site file.
"$here/linux-program.sh" "$build"
linux=$build/linux/engine/cli/taskseq
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=signer -keyout key.pem \
    -out signer.pem -addext extendedKeyUsage=codeSigning 2>/dev/null
cat >seq.xml <<'XML'
<sequence version="3.10"><step type="SMS_TaskSequence_RunCommandLineAction" name="Say" runIn="WinPE" successCodeList="0">
<action>smsswd.exe /run: cmd.exe /c echo %_SMSTSAdvertID% %_SMSTSInWinPE%>C:\ran.txt</action></step></sequence>
XML
{
    "$linux" publish deployment --repo repo --id D0000001 --name "From the medium" seq.xml --target unknown
    "$linux" publish deployment --repo repo --id D0000002 --name "Another" seq.xml --target all
    "$linux" publish sign --repo repo --cert signer.pem --key key.pem --site TST
} >"$work/out" 2>&1 || fail "publish"
cat >site.xml <<'XML'
<site><source url="C:/repo"/><trust file="signer.pem"/><boot command-prompt="true"/></site>
XML
awk '/^## From Linux/ { here = 1 } inside && /^```/ { exit } inside { print } here && $0 == "```sh" { inside = 1 }' \
    "$top/docs/how-to/winpe.md" >commands.sh
[ -s commands.sh ] || fail "the how-to has no commands for Linux"
bash -e commands.sh >"$work/out" 2>&1 || fail "the how-to's commands fail"
wimlib-imagex verify boot.wim >/dev/null 2>&1 || fail "boot.wim is damaged"
wimlib-imagex extract boot.wim 1 /taskseq /Windows/System32/startnet.cmd --dest-dir=pe --no-acls >/dev/null 2>&1
cmp pe/taskseq/taskseq.exe "$exe" || fail "the image holds another program"
grep -q $'boot --allow-restart\r' pe/startnet.cmd || fail "startnet.cmd"
[ -e pe/taskseq/sequences/install-windows.xml ] || fail "the shipped sequences are missing"
[ -e pe/taskseq/docs/reference/boot.md ] || fail "the pages are missing"
[ -e pe/taskseq/site.xml ] || fail "the site file is missing"

# --- Windows PE: this key is there, and the drive is called as Wine calls it.
"$wine" --prefix "$prefix" --run reg add 'HKLM\SYSTEM\CurrentControlSet\Control\MiniNT' /f >/dev/null
c=$prefix/drive_c
cp -r pe/taskseq repo "$c/"
cp signer.pem "$c/taskseq/"
printf '7\r\n2\r\n' | timeout 120 "$wine" --prefix "$prefix" --run cmd /c 'C:\taskseq\taskseq.exe boot' >"$work/out" 2>&1 ||
    fail "taskseq boot"
grep -q "1  From the medium" "$work/out" || fail "the first deployment is not listed"
grep -q "'7' is none of them" "$work/out" || fail "a wrong number was taken"
grep -q '^D0000002 true' "$c/ran.txt" || fail "ran.txt: $(cat "$c/ran.txt")"
log=$(find "$c/windows" -ipath '*/windows/temp/smstslog/smsts.log')
[ -s "$log" ] || fail "no log in Windows\\Temp\\SMSTSLog"
[ -s "$c/_SMSTaskSequence/journal.log" ] || fail "no journal in _SMSTaskSequence"
grep -aq 'unknown to the catalogue' "$log" || fail "the log does not tell the machine"
echo "media.sh: $(stat -c %s "$zip") bytes of zip, twice the same; boot.wim by the how-to; started from it"
