printf "\xef\xbb\xbf# comment\r\n[Settings]\r\nSite = Rome \r\n\r\n" >v.ini
taskseq simulate $HERE/all.xml --machine $HERE/pc.json --vars v.ini | grep Site
printf "Site\n" >bad.ini
taskseq simulate $HERE/all.xml --machine $HERE/pc.json --vars bad.ini
printf "\xc3\x28=1" >bin.ini
taskseq simulate $HERE/all.xml --machine $HERE/pc.json --vars bin.ini
