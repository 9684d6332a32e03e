sizes() { sed -uE 's/\(([0-9]+) new, [0-9]+ bytes\)/(\1 new)/; s/size="[0-9]+"/size="N"/; s/[0-9a-f]{64}/DIGEST/g'; }
{ # a pipe, since nobody waits for a process substitution
# A content library: PkgLib, DataLib, FileLib on two drives.
put() { # FILE CONTENT: under its hash in FileLib of the first drive; prints the .INI of DataLib
    h=$(printf '%s' "$1" | sha256sum | cut -d' ' -f1 | tr a-f A-F)
    mkdir -p "$2/FileLib/${h:0:4}" && printf '%s' "$1" >"$2/FileLib/${h:0:4}/$h"
    printf '[File]\r\nSize=%d\r\nHash=%s\r\nTimeModified=133500000000000000\r\n' "${#1}" "$h"
}
L=D/SCCMContentLib
mkdir -p $L/{PkgLib,DataLib/P0100012.3/sub,DataLib/Content_7.1/empty,FileLib} E/SCCMContentLib/FileLib
printf '[Packages]\r\nP0100012.2=\r\nP0100012.3=\r\n' >$L/PkgLib/P0100012.INI
printf '[Info]\r\nHash=0\r\n' | tee $L/DataLib/P0100012.3.INI >$L/DataLib/Content_7.1.INI
put hello $L >$L/DataLib/P0100012.3/Setup.exe.INI
put world E/SCCMContentLib >$L/DataLib/P0100012.3/sub/data.ini.INI
printf '[Packages]\nContent_7.1\n' >$L/PkgLib/P0100099.INI
put hello $L >$L/DataLib/Content_7.1/again.txt.INI
echo "# library"
taskseq publish import --list D E; echo "$?"
taskseq publish import --repo repo D E; echo "$?"
taskseq publish import --repo repo D E/SCCMContentLib --package P0100012; echo "$?"
echo "# without the second drive"
taskseq publish import --repo repo2 D; echo "$?"
taskseq publish import --repo repo2 D --package p0100012; echo "$?"
echo "# not there"
taskseq publish import --repo repo2 D E --package P0100012 --package P0100013; echo "$?"
echo "# damaged"
f=$(find $L/FileLib -type f | head -1); printf jello >"$f"
taskseq publish import --repo repo3 D E --package P0100012; echo "$?"
printf '[File]\nHash=../../../etc/passwd\n' >$L/DataLib/P0100012.3/Setup.exe.INI
taskseq publish import --repo repo3 D E --package P0100012; echo "$?"
printf '[Packages]\n../../../etc=\n' >$L/PkgLib/P0100012.INI
taskseq publish import --repo repo3 D E --package P0100012; echo "$?"

echo "# deployment share"
mkdir -p share/Control "share/Applications/Editor/x64" "share/applications2" "share/Operating Systems/W11/sources"
echo setup >share/Applications/Editor/x64/setup.exe; echo wim >"share/Operating Systems/W11/sources/install.wim"
g() { printf '{0000000%s-0000-4000-8000-00000000000A}' "$1"; }
cat >share/Control/Applications.xml <<X
<applications>
<application guid="$(g 1)" enable="True"><Name>Editor</Name><Source>.\applications\editor</Source><WorkingDirectory>.\Applications\Editor\x64</WorkingDirectory>
<CommandLine>setup.exe /S "%DEPLOYROOT%\\x"</CommandLine><UninstallKey>Editor</UninstallKey><Reboot>True</Reboot><Dependency>$(g 2)</Dependency><Dependency>$(g 9)</Dependency></application>
<application guid="$(g 2)" enable="False"><Name>Runtime</Name><Source></Source><CommandLine>runtime.exe /quiet</CommandLine><WorkingDirectory>\\\\server\\share</WorkingDirectory></application>
<application guid="$(g 3)"><Name>Both</Name><Dependency>$(g 1)</Dependency></application>
</applications>
X
cat >share/Control/OperatingSystems.xml <<X
<oss><os guid="$(g 4)"><Name>Windows 11 Pro</Name><Source>.\Operating Systems\W11</Source><ImageIndex>1</ImageIndex></os>
<os guid="$(g 5)"><Name>Windows 11 Enterprise</Name><Source>.\Operating Systems\W11</Source><ImageIndex>2</ImageIndex></os></oss>
X
taskseq publish import --repo repo share; echo "$?"
taskseq publish import --repo repo share/Control | tail -4
cp -r repo/packages found; grep -o 'file name="[^"]*"' found/*0000000a-1.meta4 | sort
echo "# ... hostile"
sed -i 's,.\\Operating Systems\\W11,..\\..\\etc,' share/Control/OperatingSystems.xml
taskseq publish import --repo repo4 share --package 00000004-0000-4000-8000-00000000000a; echo "$?"
sed -i "s,<Name>Runtime</Name>,&<Dependency>$(g 3)</Dependency>," share/Control/Applications.xml
taskseq publish import --repo repo4 share --package Applications; echo "$?"

echo "# console export"
mkdir -p export/SMS_TaskSequencePackage/P0100001 export/SMS_Package/P0100002 export/SMS_Package/P0100003 Deploy_files/P0100003
cat >export/SMS_TaskSequencePackage/P0100001/object.xml <<'X'
<INSTANCE CLASSNAME="SMS_TaskSequencePackage"><PROPERTY NAME="PackageID" TYPE="string"><VALUE>P0100001</VALUE></PROPERTY>
<PROPERTY NAME="Name" TYPE="string"><VALUE>Deploy</VALUE></PROPERTY><PROPERTY NAME="Sequence" TYPE="string"><VALUE><![CDATA[<sequence version="3.10">
<referenceList><reference package="P0100002"/><reference package="P0100003"/><reference package="P0100004"/><reference application="ScopeId_1/Application_2"/></referenceList>
<step type="SMS_TaskSequence_RunCommandLineAction" name="A" successCodeList="0"><action>smsswd.exe /run:P0100002 go.cmd</action></step></sequence>]]></VALUE></PROPERTY></INSTANCE>
X
for p in 2 3; do
    echo "<INSTANCE CLASSNAME=\"SMS_Package\"><PROPERTY NAME=\"PackageID\"><VALUE>P010000$p</VALUE></PROPERTY><PROPERTY NAME=\"Name\"><VALUE>Tools $p</VALUE></PROPERTY><PROPERTY NAME=\"SourceVersion\"><VALUE>$p</VALUE></PROPERTY></INSTANCE>" >export/SMS_Package/P010000$p/object.xml
done
mkdir -p export/Deploy_files/SMS_Package/P0100002/bin; echo go >export/Deploy_files/SMS_Package/P0100002/bin/go.cmd; echo x >export/Deploy_files/readme.txt
echo three >Deploy_files/P0100003/three.txt
(cd export && python3 -c 'import zipfile, os
with zipfile.ZipFile("../Deploy.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for top, _, files in sorted(os.walk(".")):
        for f in sorted(files):
            z.write(os.path.join(top, f))')
taskseq publish import --repo repo5 Deploy.zip; echo "$?"
taskseq publish deployment --repo repo5 --id D1 Deploy.zip; echo "$?"
mkdir four; echo 4 >four/4; taskseq publish package --repo repo5 --id P0100004 four
taskseq publish deployment --repo repo5 --id D1 Deploy.zip; echo "$?"
grep -E "deployment|sequence" repo5/catalog.draft.xml
python3 -c 'import zipfile
with zipfile.ZipFile("Deploy.zip", "a") as z:
    z.writestr("Deploy_files/P0100002/../../../../evil.txt", "x")'
taskseq publish import --repo repo6 Deploy.zip; echo "$?"; ls repo6/blobs -A
echo "# none of them"
mkdir nothing; taskseq publish import --repo repo nothing; echo "$?"
taskseq publish import --repo repo missing; echo "$?"
taskseq publish import --repo repo four D; echo "$?"
} 2>&1 | sizes
