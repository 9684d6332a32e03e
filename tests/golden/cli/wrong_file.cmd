# A file of another kind, where events or a machine belong: what was expected, and what it is.
echo '<sequence><step name="A"><action>a</action></step></sequence>' >seq.xml
printf '\xef\xbb\xbf\r\n  ' >empty
printf 'MZ\0\0' >program
printf 'PK\3\4' >file.zip
printf '<![LOG[Start]LOG]!>' >smsts.log
printf '\xff\xfe<\0' >utf16
for file in seq.xml empty program file.zip smsts.log utf16 $HERE/pc.json; do
  taskseq log report "$file"; echo "-> $?"
done
for file in seq.xml empty program file.zip smsts.log utf16; do
  taskseq simulate seq.xml --machine "./$file"; echo "-> $?"
done
echo '{"event":"run.begin"}' >events.json
taskseq simulate seq.xml --machine events.json; echo "-> $?"
echo '[]' >events.json
taskseq simulate seq.xml --machine events.json; echo "-> $?"
