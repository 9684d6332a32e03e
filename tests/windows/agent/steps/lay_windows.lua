-- Stands in for Apply Operating System: as much of a Windows as the hand-over looks at.
return {
  type = "Test_LayWindows", title = "Lay a Windows", version = "1.0", help = "Lays files of a Windows on C:.",
  phase = "winpe", effects = {"file.write"}, resume = "again", outputs = {"OSDTargetSystemDrive"},
  run = function()
    ts.file.make_folder("C:\\Windows\\System32\\config")
    ts.file.write("C:\\Windows\\System32\\config\\SYSTEM", "hive")
    ts.file.make_folder("C:\\Windows\\Boot\\EFI")
    ts.file.write("C:\\Windows\\Boot\\EFI\\bootmgfw.efi", "MZ")
    ts.file.make_folder("C:\\Windows\\Setup\\Scripts")
    ts.file.write("C:\\Windows\\Setup\\Scripts\\SetupComplete.cmd", "@echo off\r\necho administrator>C:\\administrator.txt")
    ts.var.set("OSDTargetSystemDrive", "C:")
  end,
}
