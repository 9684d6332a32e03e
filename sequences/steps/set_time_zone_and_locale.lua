-- Sets the time zone and the locale of the Windows that runs.
-- tzutil takes the time zone's Windows name; Set-WinSystemLocale and the others are of the module
-- International, which every full Windows has (Microsoft: "International PowerShell module").

local function powershell(script)
  local answer = ts.host.run{argv = {"powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script},
                             timeout = 300}
  if answer.exit_code ~= 0 then
    return {code = answer.exit_code, text = "'" .. script .. "' failed: " .. answer.output}
  end
end

return {
  type = "TaskSeq_SetTimeZoneAndLocale", title = "Set Time Zone and Locale", version = "1.0",
  help = "Sets the time zone, the system locale, the user's culture and the location.",
  phase = "full", effects = {"exec", "settings"}, resume = "again",
  inputs = {
    {name = "TimeZone", help = "Windows name of the time zone, as 'tzutil /l' lists it. Empty: as it is."},
    {name = "Locale", help = "Culture such as de-DE: system locale and culture of new users. Empty: as it is."},
    {name = "GeoId", type = "int", help = "Location number (94 is Germany). Empty: as it is."},
  },
  run = function(input)
    if input.Locale ~= "" and not input.Locale:find("^%a%a%a?%-[%w%-]+$") then
      return {code = 87, text = "'" .. input.Locale .. "' is no locale such as de-DE"}
    end
    if input.TimeZone ~= "" then
      local answer = ts.host.run{argv = {"tzutil.exe", "/s", input.TimeZone}, timeout = 60}
      if answer.exit_code ~= 0 then
        return {code = answer.exit_code, text = "tzutil does not know the time zone '" .. input.TimeZone .. "'"}
      end
    end
    local failed
    if input.Locale ~= "" then
      failed = powershell("Set-WinSystemLocale " .. input.Locale) or powershell("Set-Culture " .. input.Locale)
    end
    if not failed and input.GeoId ~= "" then failed = powershell("Set-WinHomeLocation -GeoId " .. input.GeoId) end
    return failed
  end,
}
