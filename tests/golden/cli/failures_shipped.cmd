# What an administrator reads when the shipped sequence meets each failure: the step that failed, the
# verdict, and whether a disk was wiped by then. A person reads it: what, where, why, what to do.
cp "$S/sequences/install-windows.xml" w.xml
machine=laptop-nvme-tpm2
profile() { sed "s|^{|{ $1|; $2" "$S/sequences/machines/$machine.json" >m.json; }
images() { # its image has more or other members
    profile "\"images\": [{\"file\": \"TSQ00001\", \"index\": 1, \"os\": {\"name\": \"Windows 11 Pro\"}$1}]," "${2-}"
}
fails() { # NAME [OPTION...]
    echo "== $1"; shift
    taskseq simulate w.xml --machine m.json "$@" | sed -n '/FAILED [(a]/,$p'
}
file() { # PATH CONTENT: in a package of the machine
    profile '"images": [{"file": "TSQ00001", "index": 1}],' \
        "s|^  \"files\": {|&\"X:/_SMSTaskSequence/Packages/$1\": {\"content\": \"$2\"},|"
    grep -q '"files": {' m.json || sed -i "s|^{|{ \"files\": {\"X:/_SMSTaskSequence/Packages/$1\": {\"content\": \"$2\"}},|" m.json
}
images ', "damaged": "the file ends before its directory"'; fails 'damaged image'
images ''; fails 'index that is not there' --var OSDImageIndex=7
fails 'edition that is not there' --var OSDImageIndex=Education
images ', "os": {"architecture": "arm64"}'; sed -i 's/, "os": {"name": "Windows 11 Pro"}//' m.json
fails 'image for another processor'
images ', "bytes": "900 GB"'; fails 'image larger than the disk'
images '' 's/"size": "512 GB"/"size": "200 MB"/'
sed 's/property="CheckFreeDiskSpace">true/property="CheckFreeDiskSpace">false/' w.xml >x.xml; mv x.xml w.xml
fails 'disk too small for the partitions'
cp "$S/sequences/install-windows.xml" w.xml
images ''; fails 'bad computer name' --var OSDComputerName='PC 1'
sed 's/W. Europe Standard Time/West Europe Time/' "$S/sequences/install-windows.xml" >w.xml
fails 'unknown time zone'
sed 's|<variable name="OSDImageIndex"|<variable name="ConfigFilePackage">ANSWERS1</variable>&|' "$S/sequences/install-windows.xml" >w.xml
file ANSWERS1/unattend.xml '<unattend>'; fails 'answer file that is not XML'
cp "$S/sequences/install-windows.xml" w.xml
machine=dell-latitude-7440
file TSQ00003/setup.exe MZ; fails 'driver package without an INF file'
machine=laptop-nvme-tpm2
file Applications/applications.xml "<applications><application name='A' command='a'><dependency name='B'/></application><application name='B' command='b'><dependency name='A'/></application></applications>"
fails 'applications that need one another' --var APP01=A
