@echo off
rem collect.cmd - what the new Windows looks like, for the checklist: run as an administrator in the new
rem Windows. Writes C:\taskseq-report.zip; it holds no password (answer files are not taken).
setlocal
set to=%TEMP%\taskseq-report
rmdir /s /q "%to%" 2>nul
mkdir "%to%"
ver >"%to%\summary.txt"
echo computer %COMPUTERNAME% >>"%to%\summary.txt"
powershell -NoProfile -Command "Get-CimInstance Win32_ComputerSystem | Format-List Name,Workgroup,Domain,PartOfDomain,Model" >>"%to%\summary.txt"
powershell -NoProfile -Command "Get-LocalUser | Format-Table Name,Enabled,SID,PasswordRequired -AutoSize" >"%to%\accounts.txt"
tzutil /g >"%to%\timezone.txt"
powershell -NoProfile -Command "Get-Culture; Get-WinSystemLocale; Get-WinUserLanguageList" >"%to%\language.txt" 2>&1
manage-bde -status >"%to%\bitlocker.txt" 2>&1
powershell -NoProfile -Command "Get-Tpm" >"%to%\tpm.txt" 2>&1
bcdedit /enum all >"%to%\bcd.txt" 2>&1
reagentc /info >"%to%\recovery.txt" 2>&1
powershell -NoProfile -Command "Get-Partition | Format-Table DiskNumber,PartitionNumber,Type,Size,DriveLetter,GptType -AutoSize" >"%to%\partitions.txt" 2>&1
pnputil /enum-drivers >"%to%\drivers.txt" 2>&1
powershell -NoProfile -Command "Get-PnpDevice -PresentOnly | Where-Object Status -ne OK | Format-Table Status,Class,FriendlyName,InstanceId -AutoSize" >"%to%\devices-with-problems.txt" 2>&1
sc query taskseq >"%to%\service.txt" 2>&1
dir /s /b "%ProgramFiles%\taskseq-test" >"%to%\application.txt" 2>&1
dir /a C:\_SMSTaskSequence >"%to%\left-over.txt" 2>&1
copy C:\_SMSTaskSequence\Logs\Smstslog\*.log "%to%" >nul 2>&1
copy C:\_SMSTaskSequence\Logs\agent.log "%to%" >nul 2>&1
copy C:\Windows\Logs\taskseq\*.log "%to%" >nul 2>&1
copy C:\Windows\Panther\setupact.log "%to%" >nul 2>&1
copy C:\Windows\Panther\setuperr.log "%to%" >nul 2>&1
copy C:\Windows\Panther\UnattendGC\setupact.log "%to%\oobe-setupact.log" >nul 2>&1
copy C:\Windows\debug\NetSetup.LOG "%to%" >nul 2>&1
powershell -NoProfile -Command "Compress-Archive -Force -Path '%to%\*' -DestinationPath C:\taskseq-report.zip"
echo C:\taskseq-report.zip
