taskseq simulate $HERE/all.xml --machine $HERE/pc.json --fail "Runs and*=0x80070070"
