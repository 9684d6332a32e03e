try() { taskseq "$@" 2>&1 | sed "s/one of: [a-z].*;/one of: THE SHIPPED ONES;/"; echo "-> ${PIPESTATUS[0]}"; }
try simulat
try simulate
try simulate a.xml b.xml --machine x
try simulate a.xml --machin x
try simulate a.xml --unknown maybe --machine x
try simulate a.xml --json --machine
try simulate a.xml --machine=
try simulate $HERE/all.xml --machine $HERE/pc.json --var novalue
try simulate $HERE/all.xml --machine $HERE/pc.json --var _SMSTSModel=x
try simulate $HERE/all.xml --machine $HERE/pc.json --jobs 0
try simulate $HERE/all.xml --machine $HERE/pc.json --fail Nothing=1
try simulate $HERE/all.xml --machine $HERE/pc.json --fail Restart=x
try simulate $HERE/all.xml --machine $HERE/pc.json --sequence ABC
try run --work a --work b x.xml
try resume --again --skip
try var
try var get X
try explain
try -x
echo "# machine --help"; taskseq machine --help
try machine lst
echo "# steps"; for name in Foo zzz Format BDD_InstalOS 'Run Comand Line' bitlocker; do try steps "$name"; done
