cat >s.xml <<X
<sequence version="3.10">
  <step type="SMS_TaskSequence_RunCommandLineAction" name="Before" successCodeList="0" timeout="20"><action>smsswd.exe /run: taskseq var set Answer 42</action></step>
  <step type="SMS_TaskSequence_RebootAction" name="Restart" successCodeList="0"><action>smsboot.exe /target:HD</action></step>
  <step type="SMS_TaskSequence_RunCommandLineAction" name="After" successCodeList="42" timeout="20"><action>smsswd.exe /run: sh -c "exit %Answer%"</action></step>
</sequence>
X
clean() { sed -E "s/[0-9.]+ (ms|s)\b/N ms/g"; }
taskseq run s.xml --events e.jsonl | clean; echo "${PIPESTATUS[0]}"
taskseq run s.xml >o 2>&1; echo "$?"; sed "s,$PWD,PWD,g" o
taskseq resume | clean; echo "${PIPESTATUS[0]}"
taskseq resume 2>&1; echo "$?"
ls taskseq-work/logs; head -c 1 e.jsonl
