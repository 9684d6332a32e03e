taskseq explain 0x80070005; echo $?
taskseq explain -2147467259; echo $?
taskseq explain 60 --as curl; echo $?
taskseq explain 404; echo $?
taskseq explain E_FAIL; echo $?
taskseq explain refused; echo $?
taskseq explain 0x8031ABCD; echo $?
taskseq explain 123456; echo $?
taskseq explain nonsense; echo $?
taskseq explain bitlocker-ad-escro; echo $?
