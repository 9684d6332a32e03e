local function machine()
  return {name = "x", firmware = "uefi", smbios = {manufacturer = "Example", model = "PC"}, files = {["X:/Windows/Temp/SMSTSLog/smsts.log"] = "the log",
    ["X:/Windows/setup.log"] = "more"}}
end

describe("Copy Logs to a Share", function()
  it("copies smsts.log and what is asked for", function()
    local r = step.run("copy_logs.lua", {Destination = "X:\\Share", Files = "X:\\Windows\\setup.log"},
      {machine = machine(), variables = {OSDComputerName = "PC1"}})
    expect(r.outcome).equals("ok")
    expect(r:has_effect("file.write")).is_true()
    expect(table.concat(r.log, "\n")).contains("2 of 2 logs are in 'X:\\Share\\PC1-2024-05-14-")
  end)
  it("warns of a missing file", function()
    local r = step.run("copy_logs.lua", {Destination = "X:\\Share", Files = "X:\\no.log"}, {machine = machine()})
    expect(r.outcome).equals("ok")
    expect(table.concat(r.log, "\n")).contains("1 of 2 logs")
  end)
  it("fails for it when told", function()
    local r = step.run("copy_logs.lua", {Destination = "X:\\Share", Files = "X:\\no.log", Required = "true"},
      {machine = machine()})
    expect(r.outcome).equals("failed")
    expect(r.code).equals(2)
  end)
end)
