taskseq new step Greet_User
taskseq test steps | sed -E 's/ \([0-9.]+ ms\)//; s/ in [0-9.]+ ms$//'
cat >s.xml <<'XML'
<sequence version="3.00"><step type="Custom_Greet_User" name="Greet"><defaultVarList>
<variable name="File" property="File">X:\hello.txt</variable></defaultVarList></step></sequence>
XML
taskseq check s.xml
taskseq simulate s.xml -m hyperv-gen2 -v
taskseq new step Greet_User
taskseq new step 9lives
taskseq new step my_test
