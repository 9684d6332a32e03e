# What the deployment steps say when they fail: each step of two sequences goes on after an error,
# so that one tree shows all messages. A person reads them: what, where, why, what to do.
first() { sed "s|^{|{ $1|" "$S/sequences/machines/$2.json"; }
# By name: where lines are broken must not depend on where the source lies.
cp "$HERE/failures_pe.xml" "$HERE/failures_full.xml" .
images='"images": [{"file": "TSQ00001", "index": 1, "os": {"name": "Windows 11 Enterprise"}}],'
files='"files": {"X:/_SMSTaskSequence/Packages/TSQ00003/setup.exe": {"size": 1}},'
first "$images $files" laptop-nvme-tpm2 >pe.json
echo '== Windows PE'
taskseq simulate failures_pe.xml -m pe.json
# In a workgroup, not encrypted; $2: its catalogue of applications.
full() {
  first '' full-os-deployed | grep -v '^  "domain"' |
    sed "s|\"bitlocker\": \"on\"|\"bitlocker\": \"off\"|; s|, \"domain\": \"field.example\"||; $1
      s|^  \"files\": {|&\"C:/_SMSTaskSequence/Packages/Applications/applications.xml\": {\"content\": \"$2\"},|"
}
editor="<applications><application name='Editor' command='e.exe'><dependency name='Runtime'/></application>"
runtime="<application name='Runtime' command='r.exe'>"
full '' "$editor$runtime</application></applications>" >full.json
full 's|^  "tpm".*||;' "$editor$runtime<dependency name='Editor'/></application></applications>" >no-tpm.json
echo '== The new Windows, in a workgroup'
taskseq simulate failures_full.xml -m full.json --var APP01=Reader --var APP02=Editor \
  --mock r.exe=missing
echo '== Without a TPM, and with a cycle in the catalogue'
taskseq simulate failures_full.xml -m no-tpm.json --var APP01=Editor
