# The scenario of the project: the shipped sequence on machines of every kind. The last line of the
# report, and what ended badly.
sim() { taskseq simulate "$@" | grep -E 'failed|FAIL|Verdict|WIPES|smaller|too small'; }
cp "$S/sequences/install-windows.xml" w.xml
for machine in laptop-nvme-tpm2 desktop-no-tpm bios-mbr-desktop; do
  echo "== $machine"; sim w.xml --machine "$machine"
done
echo '== Enable BitLocker fails, and may'
sim w.xml --machine desktop-no-tpm --fail "Enable BitLocker=0x80070005"
echo '== Enable BitLocker fails, and may not'
sed '/name="Enable BitLocker"/s/ continueOnError="true"//' w.xml >strict.xml
sim strict.xml --machine laptop-nvme-tpm2
echo '== too small a disk'
sed 's/"size": "512 GB"/"size": "32 GB"/' "$S/sequences/machines/laptop-nvme-tpm2.json" >small.json
sed 's/<variable name="OSDCheckFreeDiskSpace" property="CheckFreeDiskSpace">true/<variable name="OSDCheckFreeDiskSpace" property="CheckFreeDiskSpace">false/; s/>99</>30</' w.xml >small.xml
sim small.xml --machine small.json
