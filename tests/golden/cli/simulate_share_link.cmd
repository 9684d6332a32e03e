# A deployment share whose images are behind a link that leads nowhere: they are not "not there".
mkdir -p share/Control
ln -s gone "share/Operating Systems"
echo "<oss/>" >share/Control/OperatingSystems.xml
cat >seq.xml <<'S'
<sequence version="3.10">
<step type="SMS_TaskSequence_RunCommandLineAction" name="Run" successCodeList="0"><action>smsswd.exe /run: cmd /c rem</action></step>
</sequence>
S
echo "-- the link"; taskseq simulate seq.xml --machine hyperv-gen2 --share share; echo "status $?"
rm "share/Operating Systems"
echo "-- not there"; taskseq simulate seq.xml --machine hyperv-gen2 --share share; echo "status $?"
