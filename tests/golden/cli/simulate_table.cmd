taskseq simulate $HERE/all.xml --machine $HERE/pc.json --machine $HERE/bios.json --machine $HERE/pc.json
