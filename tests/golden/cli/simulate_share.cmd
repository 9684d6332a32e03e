# A deployment share: its list of drivers has more than 16 MiB, a list of BIOSes it has not.
mkdir -p share/Control share/Scripts
{
  echo "<drivers>"
  printf '<!-- %0600d -->\n' 0 >line
  for i in 1 2 3 4 5; do cat line line line line line line line line >more; mv more line; done
  cat line
  echo "</drivers>"
} >share/Control/Drivers.xml
cat >seq.xml <<'S'
<sequence version="3.10">
<step type="ZTIBIOSCheck" name="Check BIOS" successCodeList="0 3010"><action>cscript.exe "%SCRIPTROOT%\ZTIBIOSCheck.wsf"</action></step>
<step type="BDD_InjectDrivers" name="Inject Drivers" successCodeList="0 3010"><action>cscript.exe "%SCRIPTROOT%\ZTIDrivers.wsf"</action></step>
</sequence>
S
[ "$(wc -c <share/Control/Drivers.xml)" -gt 16777216 ] && echo "-- more than 16 MiB"
echo "-- with the share"; taskseq simulate seq.xml --machine hyperv-gen2 --share share; echo "status $?"
echo "-- without"; taskseq simulate seq.xml --machine hyperv-gen2; echo "status $?"
