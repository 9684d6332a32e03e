step() { # NAME COMMAND MORE
  echo "<step type=\"SMS_TaskSequence_RunCommandLineAction\" name=\"$1\" successCodeList=\"0\">$3<action>smsswd.exe /run: $2</action></step>"
}
when() { # VARIABLE VALUE
  echo "<condition><expression type=\"SMS_TaskSequence_VariableConditionExpression\"><variable name=\"Operator\">equals</variable><variable name=\"Value\">$2</variable><variable name=\"Variable\">$1</variable></expression></condition>"
}
secret() {
  echo "<step type=\"SMS_TaskSequence_SetVariableAction\" name=\"PIN\"><action>tsenv.exe \"PIN=$1\" /hiddenflag:True</action><defaultVarList><variable name=\"VariableName\" property=\"VariableName\" hidden=\"true\">PIN</variable><variable name=\"VariableValue\" property=\"VariableValue\" hidden=\"true\">$1</variable><variable name=\"DoNotShowVariableValue\" property=\"DoNotShowVariableValue\" hidden=\"true\">true</variable></defaultVarList></step>"
}
wipe() { # CONDITION
  echo "<step type=\"SMS_TaskSequence_PartitionDiskAction\" name=\"Partition\" runIn=\"WinPE\">$1<action>osddiskpart.exe</action><defaultVarList><variable name=\"OSDDiskIndex\" property=\"DiskIndex\">0</variable><variable name=\"OSDPartitionStyle\" property=\"PartitionStyle\">GPT</variable><variable name=\"OSDPartitions\" property=\"Partitions\">1</variable><variable name=\"OSDPartitions0Type\" property=\"Partitions0Type\">Primary</variable><variable name=\"OSDPartitions0FileSystem\" property=\"Partitions0FileSystem\">NTFS</variable><variable name=\"OSDPartitions0Size\" property=\"Partitions0Size\">100</variable><variable name=\"OSDPartitions0SizeUnits\" property=\"Partitions0SizeUnits\">Percent</variable></defaultVarList></step>"
}
{ echo '<sequence version="3.10"><group name="One">'
  step A a.exe; step B b.exe "$(when X 1)"; step Gone gone.exe; step Mover mover.exe
  echo '</group><group name="Two">'; step C c.exe; secret Tr0ub4dor1; wipe "$(when _SMSTSBootUEFI false)"
  echo '</group></sequence>'; } >old.xml
{ echo '<sequence version="3.10"><group name="One">'
  step A 'a.exe /new'; step B b.exe "$(when X 2)"; step New new.exe
  echo '</group><group name="Two">'; step Mover mover.exe; step "C renamed" c.exe; secret Tr0ub4dor2; wipe
  echo '</group></sequence>'; } >new.xml
taskseq diff old.xml new.xml -m laptop-nvme-tpm2 -m hyperv-gen2 -m vmware-bios --var X=2
echo "status $?"
taskseq diff old.xml new.xml -m laptop-nvme-tpm2 --markdown
taskseq diff old.xml new.xml -m laptop-nvme-tpm2 --json | head -n 20
taskseq diff old.xml old.xml -m vmware-bios
taskseq diff old.xml new.xml | grep -c Tr0ub4dor
taskseq diff old.xml
