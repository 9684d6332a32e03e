printf "<sequence><step" >bad.xml
taskseq simulate bad.xml --machine $HERE/pc.json; echo $?
taskseq simulate $HERE/all.xml --machine missing.json; echo $?
printf "{\"name\": 5}" >bad.json
taskseq simulate $HERE/all.xml --machine bad.json; echo $?
taskseq simulate $HERE/all.xml --machine $HERE/pc.json --machine bad.json | tail -n 4; echo ${PIPESTATUS[0]}
