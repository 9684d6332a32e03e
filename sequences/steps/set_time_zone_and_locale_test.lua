local function run(inputs, mock)
  return step.run("set_time_zone_and_locale.lua", inputs, {machine = "full-os-deployed", mock = mock})
end

describe("Set Time Zone and Locale", function()
  it("calls tzutil and PowerShell", function()
    local r = run{TimeZone = "W. Europe Standard Time", Locale = "de-DE", GeoId = "94"}
    expect(r.outcome).equals("ok")
    expect(r:called("tzutil.exe", "*W. Europe Standard Time*")).equals(1)
    expect(r:called("powershell.exe", "*Set-WinSystemLocale de-DE*")).equals(1)
    expect(r:called("powershell.exe", "*Set-Culture de-DE*")).equals(1)
    expect(r:called("powershell.exe", "*-GeoId 94*")).equals(1)
  end)
  it("does nothing without inputs", function()
    local r = run{}
    expect(r.outcome).equals("ok")
    expect(r:called("*")).equals(0)
  end)
  it("refuses what is no locale", function()
    local r = run{Locale = "de-DE; Remove-Item C:/"}
    expect(r.outcome).equals("failed")
    expect(r:called("powershell.exe")).equals(0)
  end)
  it("tells that the time zone is unknown", function()
    local r = run({TimeZone = "Moon"}, {["tzutil.exe"] = 1})
    expect(r.outcome).equals("failed")
    expect(r.text).contains("'Moon'")
  end)
end)
