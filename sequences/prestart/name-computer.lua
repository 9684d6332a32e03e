-- name-computer.lua - gives OSDComputerName a value from what the machine says about itself.
--
-- ComputerNamePattern (default "PC-%SERIAL%") may hold %SERIAL%, %ASSET% (asset tag), %CHASSIS% (L
-- laptop, D desktop, S server, V virtual) and %MAC% (last six digits). A name that is too long
-- loses the front of its serial number, as asset labels do. Nothing is done when OSDComputerName is
-- set already.
--
-- A name that Windows would refuse refuses the start: 1 to 15 letters, digits and '-', not only
-- digits, no '-' at either end (Microsoft: "Naming conventions in Active Directory").

local MAX = 15

local function plain(text) return (text:gsub("[^%w%-]", "")):upper() end

local function chassis()
  if ts.host.fact("is_vm") == "True" then return "V" end
  if ts.host.fact("is_server") == "True" then return "S" end
  return ts.host.fact("is_laptop") == "True" and "L" or "D"
end

local sources = {
  SERIAL = function() return plain(ts.host.fact("serial")) end,
  ASSET = function() return plain(ts.host.fact("asset_tag")) end,
  CHASSIS = chassis,
  MAC = function() return plain(ts.host.fact("mac"):match("^[^,]*")):sub(-6) end,
}

-- Texts that firmware has where nobody wrote a number.
local nothing = {[""] = true, NONE = true, DEFAULTSTRING = true, TOBEFILLEDBYOEM = true,
  SYSTEMSERIALNUMBER = true, NOTSPECIFIED = true, NOASSETTAG = true, ["0"] = true}

local function value_of(name)
  local source = sources[name]
  if not source then
    error("ComputerNamePattern has '%" .. name .. "%'; known are %SERIAL%, %ASSET%, %CHASSIS% and %MAC%", 0)
  end
  local value = source()
  if nothing[value] then error("this machine has no usable " .. name .. " to make its name of", 0) end
  return value
end

local function build(pattern)
  local fixed = #pattern:gsub("%%%w+%%", "")
  local parts = {}
  pattern:gsub("%%(%w+)%%", function(name) parts[name] = value_of(name:upper()) end)
  local used = fixed
  for name, value in pairs(parts) do if name:upper() ~= "SERIAL" then used = used + #value end end
  for name, value in pairs(parts) do
    if name:upper() == "SERIAL" and used < MAX then parts[name] = value:sub(-(MAX - used)) end
  end
  return (pattern:gsub("%%(%w+)%%", parts))
end

local function check(name)
  if #name < 1 or #name > MAX then
    error(("the computer name '%s' has %d characters, 1 to %d are allowed"):format(name, #name, MAX), 0)
  elseif name:find("[^%w%-]") then
    error(("the computer name '%s' may hold letters, digits and '-' only"):format(name), 0)
  elseif not name:find("%D") then
    error(("the computer name '%s' is all digits"):format(name), 0)
  elseif name:find("^%-") or name:find("%-$") then
    error(("the computer name '%s' begins or ends with '-'"):format(name), 0)
  end
end

local name = ts.var.get("OSDComputerName")
if name then
  ts.log.info("the computer name is '" .. name .. "' already")
else
  name = build(ts.var.get("ComputerNamePattern") or "PC-%SERIAL%")
end
check(name)
ts.var.set("OSDComputerName", name)
ts.log.info("the computer name is '" .. name .. "'")
