taskseq simulate $HERE/all.xml --machine $HERE/pc.json --unknown skip --var Site=Paris
