#!/bin/bash
# image.sh - content to volume: applying an image while it is fetched, beside fetching, checking and
# applying one after another, over a link of the given speed (tests/bench/wan.c) and without limit.
#
#   image.sh TASKSEQ WAN SOURCE FILE.wim [ROUNDS, 3 by default]
# shellcheck disable=SC1091,SC2154,SC2086
wan=$(realpath "${2:?usage: image.sh TASKSEQ WAN SOURCE FILE.wim [ROUNDS]}")
source=$(realpath "$3")
image=$(realpath "$4")
rounds=${5:-3}
. "$source/tests/net/lib.sh"
need nginx openssl python3 wimlib-imagex mkntfs
make_authority
leaf signer 'extendedKeyUsage=codeSigning\n'
mkdir "$work/os"
cp "$image" "$work/os/install.wim"
"$real_program" publish package --repo "$work/repo" --id IMAGE001 --version 1 "$work/os" >/dev/null
"$real_program" publish sign --repo "$work/repo" --cert "$work/signer.chain.pem" --key "$work/signer.key" >/dev/null
serve plain "" ""
port=${url##*:}
port=${port%/}

step() { # TYPE VARIABLES: a sequence of one step
    echo "<sequence version=\"3.10\"><step type=\"$1\" name=\"$1\" runIn=\"WinPE\"><action>x.exe</action><defaultVarList>$2</defaultVarList></step></sequence>"
}
variable() { echo "<variable name=\"$1\" property=\"$1\">$2</variable>"; }
step SMS_TaskSequence_ApplyDataImageAction "$(variable ImagePackageID IMAGE001)$(variable OSDDataImageIndex 1)$(variable OSDWipeDestinationPartition false)$(variable DestinationDriveLetter C:)" >"$work/apply.xml"

# seconds COMMAND...: wall time and peak memory; the output is kept for a failure
seconds() {
    python3 - "$@" 2>"$work/error" <<'P' || { cat "$work/out" "$work/error" >&2; exit 1; }
import resource, subprocess, sys, time
start = time.monotonic()
with open(sys.argv[1] + "/out", "w") as out:
    subprocess.run(sys.argv[2:], check=True, stdout=out, stderr=out)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print("%.2f %d" % (time.monotonic() - start, peak))
P
}
volume() {
    rm -f "$work/vol"
    truncate -s 5G "$work/vol"
    mkntfs -F -Q -q -p 2048 -H 255 -S 63 "$work/vol" >/dev/null 2>&1
}
disk() { # one NTFS partition that fills the disk
    rm -f "$work/disk.img"
    volume
    truncate -s 5242882K "$work/disk.img" # the volume and both partition tables
    python3 - "$work/vol" "$work/disk.img" <<'P'
import os, sys
a, b = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_WRONLY)
os.ftruncate(b, os.fstat(a).st_size + 2 * 1048576)
at = 0
while True:
    try:
        at = os.lseek(a, at, os.SEEK_DATA)
    except OSError:
        break
    end = os.lseek(a, at, os.SEEK_HOLE)
    os.pwrite(b, os.pread(a, end - at, at), at + 1048576)
    at = end
P
    echo 'label: gpt
2048,10485760,EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' | sfdisk -q "$work/disk.img" >/dev/null 2>&1
}
median() { sort -n | awk '{l[NR] = $1} END {print l[int((NR + 1) / 2)]}'; }

measure() { # NAME URL
    local name=$1 from=$2 i
    : >"$work/d"; : >"$work/a"; : >"$work/s"
    echo "<site><source url=\"$from\"/><signer file=\"root.pem\"/><trust file=\"chain.pem\"/></site>" >"$work/site.xml"
    for i in $(seq "$rounds"); do
        rm -rf "$work/got"
        seconds "$work" "$real_program" fetch --quiet --site "$work/site.xml" --package IMAGE001 --to "$work/got" >>"$work/d"
        volume
        seconds "$work" wimlib-imagex apply "$work/got/install.wim" 1 "$work/vol" >>"$work/a"
        disk
        rm -rf "$work/run"
        seconds "$work" "$real_program" run "$work/apply.xml" --disk 0="$work/disk.img" --site "$work/site.xml" \
            --phase winpe --work "$work/run" --log "$work/run/log" >>"$work/s"
        grep -qh "while it is fetched" "$work"/run/log/* || { echo "it was not streamed"; exit 1; }
    done
    awk -v n="$name" -v d="$(median <"$work/d")" -v a="$(median <"$work/a")" -v s="$(median <"$work/s")" 'BEGIN {
        m = d > a ? d : a
        printf "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", n, d, a, d + a, s, s / m, s / (d + a) }'
    echo "peak memory while streaming: $(awk '{print $2}' "$work/s" | sort -n | tail -1) MiB"
}

echo "$(nproc) cores, $(uname -sr), $(stat -c %s "$image") bytes, load $(cut -d' ' -f1-3 /proc/loadavg)"
echo "| link | download | apply | one after another | streamed | / the longer | / one after another |"
echo "|---|---|---|---|---|---|---|"
case ${LINKS:-both} in both|slow)
    far=$(free_port)
    "$wan" "$far" "$port" 20 4194304 20000000 2>"$work/wan.log" &
    pids+=($!)
    sleep 0.3
    measure "20 MB/s" "http://127.0.0.1:$far/" ;;
esac
case ${LINKS:-both} in both|fast) measure "no limit" "http://127.0.0.1:$port/" ;; esac
finish >/dev/null
