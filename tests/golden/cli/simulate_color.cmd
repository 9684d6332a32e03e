taskseq simulate $HERE/all.xml --machine $HERE/pc.json --color always | cat -v
