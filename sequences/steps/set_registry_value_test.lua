local function run(inputs) return step.run("set_registry_value.lua", inputs, {machine = "full-os-deployed"}) end
local KEY = "HKLM\\Software\\Example"

describe("Set a Registry Value", function()
  it("writes text", function()
    local r = run{Key = KEY, Name = "Site", Data = "Berlin"}
    expect(r.outcome).equals("ok")
    expect(r:registry(KEY, "Site")).equals("Berlin")
    expect(r:has_effect("registry.write")).is_true()
  end)
  it("writes a number", function()
    expect(tostring(run{Key = KEY, Name = "N", Data = "7", Type = "REG_DWORD"}:registry(KEY, "N"))).equals("7")
  end)
  it("deletes", function()
    local r = run{Key = KEY, Name = "Site", Delete = "true"}
    expect(r.outcome).equals("ok")
    expect(r:registry(KEY, "Site")).equals(nil)
  end)
  it("refuses what is no key", function() expect(run{Key = "Software", Name = "x", Data = "1"}.outcome).equals("failed") end)
end)
