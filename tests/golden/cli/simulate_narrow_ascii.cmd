COLUMNS=50 LC_ALL=C taskseq simulate $HERE/all.xml --machine $HERE/pc.json
