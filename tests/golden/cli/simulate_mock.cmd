taskseq simulate $HERE/all.xml --machine $HERE/pc.json --mock "unknown.exe /with*=0" --mock works.exe=missing
