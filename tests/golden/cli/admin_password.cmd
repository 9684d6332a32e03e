# The password of the local administrator is in the answer file and nowhere else: not in what is
# shown, not in the reports, not in the log, not in the journal, not in the events; neither clear nor
# as the answer file has it.
secret='S3cr%t"&<x>'
printf '{"OSDLocalAdminPassword": "S3cr%%t\\"&<x>", "OSDComputerName": "PC-1"}' >vars.json
b64=$(printf %s "$secret" | iconv -f utf-8 -t utf-16le | base64 -w0 | cut -c1-20)
hits() { cat "$@" | grep -cF -e 'S3cr%t' -e 'S3cr' -e "$b64"; }
cp "$S/sequences/install-windows.xml" w.xml
taskseq simulate w.xml --machine laptop-nvme-tpm2 --vars vars.json --verbose --html r.html --json r.json >out.txt
grep -c 'Windows settings' r.html >/dev/null && echo 'the report has the step'
hits out.txt r.html r.json
cat >set.xml <<'X'
<sequence version="3.10"><step type="SMS_TaskSequence_SetVariableAction" name="Copy it" successCodeList="0">
<action>tsenv.exe "Copy=%OSDLocalAdminPassword%" /hiddenflag:False</action><defaultVarList>
<variable name="VariableName" property="VariableName" hidden="true">Copy</variable>
<variable name="VariableValue" property="VariableValue" hidden="true">%OSDLocalAdminPassword%</variable></defaultVarList></step>
<step type="SMS_TaskSequence_RunCommandLineAction" name="Show it" successCodeList="0"><action>smsswd.exe /run: false "%Copy%"</action>
<defaultVarList><variable name="CommandLine" property="CommandLine" hidden="true">false "%Copy%"</variable></defaultVarList></step></sequence>
X
taskseq run set.xml --vars vars.json --work work --log log --events events.jsonl >out.txt 2>&1
echo "run: $?"
ls work | grep -c journal
find work log events.jsonl out.txt -type f | while read -r file; do hits "$file"; done | sort -u
