local machine = {name = "test", firmware = "uefi", smbios = {manufacturer = "Example", model = "PC", serial = "ABC-1234567890", asset_tag = ""}}

local function run(pattern, variables, overwrite)
  return step.run("rename_by_pattern.lua", {Pattern = pattern, Overwrite = overwrite},
    {machine = machine, variables = variables})
end

describe("Rename by Pattern", function()
  it("takes the end of the serial number", function()
    expect(run("NB-{serial:8}").variables.OSDComputerName).equals("NB-34567890")
  end)
  it("leaves a name that is there", function()
    expect(run("NB-{serial:8}", {OSDComputerName = "OLD"}).variables.OSDComputerName).equals("OLD")
  end)
  it("overwrites it when told", function()
    expect(run("NB-{serial:4}", {OSDComputerName = "OLD"}, "true").variables.OSDComputerName).equals("NB-7890")
  end)
  it("refuses a name that is too long", function()
    local r = run("NOTEBOOK-{serial}")
    expect(r.outcome).equals("failed")
    expect(r.code).equals(123)
  end)
  it("tells that the machine has no such number", function()
    local r = run("NB-{asset_tag}")
    expect(r.outcome).equals("failed")
    expect(r.text).contains("asset_tag")
  end)
  it("needs a pattern", function() expect(run("").outcome).equals("failed") end)
end)
