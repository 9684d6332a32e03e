# From the full Windows into Windows PE: with the boot image of a deployment share, and with one that nothing names.
cp "$HERE/refresh.xml" .
mkdir -p share/Control share/Boot
echo '<tss/>' >share/Control/TaskSequences.xml
echo wim >share/Boot/LiteTouchPE_x64.wim
echo '== A deployment share'
taskseq simulate refresh.xml -m "$S/sequences/machines/windows10-refresh.json" --share share
echo '== Nothing names the image'
taskseq simulate refresh.xml -m "$S/sequences/machines/windows10-refresh.json"
