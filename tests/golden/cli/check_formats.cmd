cat >s.xml <<X
<sequence version="3.10">
  <step type="SMS_TaskSequence_RunCommandLineAction" name="No time-out" successCodeList="0"><action>smsswd.exe /run: works.exe</action></step>
</sequence>
X
taskseq check s.xml; echo $?
taskseq check s.xml --format json; echo $?
taskseq check s.xml --format sarif | sed -n '/"results"/,$p'
printf '<sequence>\n\n<x>' >bad.xml
taskseq check bad.xml s.xml; echo $?
taskseq check bad.xml --format json; echo $?
