for _, f in ipairs{"make", "model", "serial", "uuid", "firmware", "memory_mb"} do ts.host.fact(f) end
ts.host.wmi("SELECT * FROM Win32_BIOS WHERE SerialNumber LIKE '%a%'") pcall(ts.host.wmi, "SELECT")
ts.host.reg_get("HKLM\\Software\\X", "V") ts.host.reg_set("HKLM\\Software\\Y", "D", 5) ts.host.reg_delete("HKLM\\Software\\Y")
local r = ts.host.run{argv = {"a.exe", "-x"}, timeout = 5} assert(r.exit_code == 3)
pcall(ts.host.run, {command = "b c", secret = true}) ts.host.env("windir") ts.host.sleep(10)
