# Which findings are reported, and what the exit status says.
cat >bad.xml <<'X'
<sequence version="3.10">
<step name="Install" timeout="60"><action>msiexec.exe /i a.msi</action></step>
<step name="Share" timeout="60">
<action>net use Z: \\srv\share Sesame1 /user:u</action></step>
</sequence>
X
echo "-- all"; taskseq check bad.xml; echo "status $?"
echo "-- one rule, a warning"; taskseq check bad.xml --rule installer-asks; echo "status $?"
echo "-- strict"; taskseq check bad.xml --rule installer-asks --strict >/dev/null; echo "status $?"
echo "-- ignored"; taskseq check bad.xml --ignore installer-asks --ignore needs-share --ignore secret-on-command-line; echo "status $?"
echo "-- unknown rule"; taskseq check bad.xml --ignore installer-ask; echo "status $?"
echo "-- not well-formed"; head -3 bad.xml >cut.xml; taskseq check cut.xml bad.xml --rule needs-share; echo "status $?"
echo "-- explained"; taskseq explain secret-on-command-line
