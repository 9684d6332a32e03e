P=$S/sequences/prestart
cat >s.xml <<'XML'
<sequence version="3.00"><step type="SMS_TaskSequence_SetVariableAction" name="A"><defaultVarList>
<variable name="VariableName" property="VariableName">Seen</variable>
<variable name="VariableValue" property="VariableValue">%OSDComputerName%%Role%</variable></defaultVarList></step></sequence>
XML
run() { taskseq simulate s.xml -v "$@" | grep -E "Seen =|Verdict"; }
echo "# name-computer"
run -m dell-latitude-7440 --prestart $P/name-computer.lua
run -m dell-latitude-7440 --prestart $P/name-computer.lua --var ComputerNamePattern='%CHASSIS%-%ASSET%'
run -m hyperv-gen2 --prestart $P/name-computer.lua --var ComputerNamePattern='%chassis%%MAC%'
run -m hyperv-gen2 --prestart $P/name-computer.lua --var OSDComputerName=KEPT
run -m hyperv-gen2 --prestart $P/name-computer.lua --var OSDComputerName=THIS-NAME-IS-TOO-LONG
run -m hyperv-gen2 --prestart $P/name-computer.lua --var OSDComputerName=12345
run -m hyperv-gen2 --prestart $P/name-computer.lua --var ComputerNamePattern='%NOPE%'
echo "# select-sequence"
run -m hyperv-gen2 --prestart $P/select-sequence.lua
run -m dell-latitude-7440 --prestart $P/select-sequence.lua
run -m server-raid --prestart $P/select-sequence.lua
cp $P/select-sequence.lua .
echo '[{"when":{"make":"Nobody*"},"set":{"Role":"x"}}]' >select-sequence.json
run -m hyperv-gen2 --prestart select-sequence.lua
echo '[{"when":{"make":1}}]' >select-sequence.json
run -m hyperv-gen2 --prestart select-sequence.lua
echo "# check-network"
run -m hyperv-gen2 --prestart $P/check-network.lua
sed 's/"nics": .*/"nics": [],/' $S/sequences/machines/hyperv-gen2.json >offline.json
run -m offline.json --prestart $P/check-network.lua
sed 's|"tpm"|"urls": {"https://down.example/": {"status": 503}}, "tpm"|' $S/sequences/machines/hyperv-gen2.json >urls.json
run -m urls.json --prestart $P/check-network.lua --var CheckNetworkUrl=https://down.example/
run -m hyperv-gen2 --prestart $P/check-network.lua --var CheckNetworkWired=true --var CheckNetworkMinutes=500
echo "# trust-internal-ca, nothing beside it"
run -m hyperv-gen2 --prestart $P/trust-internal-ca.lua
