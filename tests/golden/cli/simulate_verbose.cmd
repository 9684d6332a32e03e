taskseq simulate $HERE/all.xml --machine $HERE/pc.json --verbose
