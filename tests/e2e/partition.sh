#!/bin/sh
# partition.sh PROGRAM SOURCE - the installed program on a real disk image: the partition step of
# the shipped sequence makes the disk, and sfdisk, mtools and ntfs-3g find it as described.
set -eu
program=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
truncate -s 2G disk.img

python3 - "$source/sequences/install-windows.xml" >one.xml <<'E'
import sys, xml.etree.ElementTree as E
for step in E.parse(sys.argv[1]).iter('step'):
    if step.get('name') == 'Partition disk 0 - UEFI':
        step.remove(step.find('condition'))
        print('<sequence version="3.10">' + E.tostring(step, encoding='unicode') + '</sequence>')
E

"$program" run one.xml --disk 0=disk.img --phase winpe --work work --log log >out 2>&1 || {
  cat out; exit 1; }
sfdisk -q --verify disk.img
test "$(sfdisk -J disk.img | jq -r '[.partitiontable.partitions[].type[0:8]] | join(" ")')" = \
  "C12A7328 E3C9E316 EBD0A0A2 DE94BBA4"
mdir -i disk.img@@1M :: | grep -q 'is SYSTEM'
start=$(sfdisk -J disk.img | jq '.partitiontable.partitions[2].start')
size=$(sfdisk -J disk.img | jq '.partitiontable.partitions[2].size')
dd if=disk.img of=os bs=1M skip=$((start / 2048)) count=$((size / 2048)) conv=sparse status=none
test "$(ntfslabel -nf os 2>/dev/null)" = Windows
ntfsfix -n os >/dev/null

# A disk that is named twice, or is none, changes nothing.
before=$(head -c 300M disk.img | sha256sum)
if "$program" run one.xml --disk 0=disk.img --disk 0=disk.img --work w2 >out 2>&1; then exit 1; fi
grep -q 'twice' out
if "$program" run one.xml --disk 0 --work w3 >out 2>&1; then exit 1; fi
grep -q 'N=FILE' out
# No write access: refused, and the sequence fails with the reason.
if [ "$(id -u)" -ne 0 ]; then
  chmod a-w disk.img
  if "$program" run one.xml --disk 0=disk.img --phase winpe --work w4 >out 2>&1; then exit 1; fi
  grep -q 'may not be written' out
fi
test "$before" = "$(head -c 300M disk.img | sha256sum)"
echo "partition.sh: ok"
